//! What a host tells of its files, disk and clock. Each fact is one command, made here, so that the record can
//! show the same command that was run.

use std::time::{Duration, SystemTime};

use super::{CommandOutput, Host, HostCommand};
use crate::model::{Cause, CauseCode};

/// What `stat` tells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// When it was last changed, in seconds since 1970, by the host's clock.
    pub changed: i64,
    /// Its permissions, as in `chmod`.
    pub mode: u32,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileContent {
    /// Its bytes, as far as the cap allowed.
    pub bytes: Vec<u8>,
    /// Whether the file has more bytes than the cap.
    pub cut: bool,
}

/// How full the disk is that a path is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskUsage {
    /// The device or file system.
    pub name: String,
    pub mount: String,
    /// Size in bytes.
    pub total: u64,
    /// Bytes that are in use.
    pub used: u64,
    /// Bytes that the user could still fill.
    pub available: u64,
    /// How full it is for the user, in percent, rounded up as df does.
    pub percent: u8,
}

/// The host's clock against ours.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockOffset {
    /// By how many seconds the host is ahead of this machine; negative where it is behind.
    pub ahead: f64,
    /// How wrong that may be, in seconds: half of the time that asking took, and a second where the host's
    /// `date` knows no fractions.
    pub precision: f64,
}

/// How `stat` is asked for when, how large, the permissions and the name: the option and the format.
type Dialect = (&'static str, &'static str);
const GNU: Dialect = ("-c", "%Y %s %a %n");
const BSD: Dialect = ("-f", "%m %z %Lp %N");

/// The command that tells of a file; see [`Host::file`].
pub fn file_command(path: &str) -> Vec<String> {
    stat_file(GNU, path)
}

/// The command that tells of all files of a pattern; see [`Host::newest`].
pub fn newest_command(pattern: &str) -> Vec<String> {
    stat_all(GNU, pattern)
}

fn stat_file((option, format): Dialect, path: &str) -> Vec<String> {
    words(["stat", "-L", option, format, "--", path])
}

/// With an empty IFS the shell expands the pattern and does not split it.
fn stat_all((option, format): Dialect, pattern: &str) -> Vec<String> {
    let script = format!("IFS=; exec stat -L {option} '{format}' -- $1");
    words(["/bin/sh", "-c", &script, "sh", pattern])
}

/// The command that tells how full a disk is; see [`Host::disk`].
pub fn disk_command(path: &str) -> Vec<String> {
    words(["df", "-Pk", "--", path])
}

/// The command that tells the load averages, of Linux or of macOS and the BSDs; see [`Host::load`].
pub(crate) fn load_command() -> Vec<String> {
    words(["/bin/sh", "-c", "cat /proc/loadavg 2>/dev/null || exec sysctl -n vm.loadavg"])
}

/// The command that tells the time; see [`Host::clock`].
pub(crate) fn clock_command() -> Vec<String> {
    words(["date", "+%s.%N"])
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

impl Host {
    /// The file at this path, symbolic links followed; none where there is none.
    pub async fn file(&self, path: &str) -> Result<Option<FileFacts>, Cause> {
        let output = self.stat(stat_file, path).await?;
        Ok(stat_lines(&output, path)?.pop())
    }

    /// The newest of the files that match the pattern, in the shell's sense of `*`, `?` and `[…]`.
    pub async fn newest(&self, pattern: &str) -> Result<Option<FileFacts>, Cause> {
        let output = self.stat(stat_all, pattern).await?;
        // Of two of the same second the later name: names with a time in them are sorted by it.
        Ok(stat_lines(&output, pattern)?
            .into_iter()
            .max_by(|a, b| (a.changed, &a.path).cmp(&(b.changed, &b.path))))
    }

    async fn stat(
        &self,
        command: fn(Dialect, &str) -> Vec<String>,
        path: &str,
    ) -> Result<CommandOutput, Cause> {
        let output = self.exec(&HostCommand::new(command(GNU, path)).plain()).await?;
        if output.ok() || !output.said().contains("illegal option") {
            return Ok(output);
        }
        self.exec(&HostCommand::new(command(BSD, path)).plain()).await
    }

    /// The first `cap` bytes of a file; none where there is none.
    pub async fn read(&self, path: &str, cap: usize) -> Result<Option<FileContent>, Cause> {
        // One byte more than wanted tells whether there are more.
        let most = cap.saturating_add(1).to_string();
        let argv = words(["head", "-c", &most, "--", path]);
        let output = self.exec(&HostCommand::new(argv).plain().cap(cap)).await?;
        if output.ok() {
            return Ok(Some(FileContent { bytes: output.stdout, cut: output.cut }));
        }
        absent(&output, path).map(|()| None)
    }

    pub async fn disk(&self, path: &str) -> Result<DiskUsage, Cause> {
        let output = self.exec(&HostCommand::new(disk_command(path)).plain()).await?;
        if !output.ok() {
            return Err(file_cause(&output, path));
        }
        disk(&output.text()).ok_or_else(|| strange("df", &output))
    }

    /// The host's load averages over 1, 5 and 15 minutes: how many processes ran or waited.
    pub async fn load(&self) -> Result<[f64; 3], Cause> {
        let output = self.exec(&HostCommand::new(load_command()).plain()).await?;
        if !output.ok() {
            let detail = format!("neither /proc/loadavg nor sysctl tells the load: {}", output.said().trim());
            return Err(Cause::new(CauseCode::HostCommand, detail));
        }
        load(&output.text()).ok_or_else(|| strange("/proc/loadavg or sysctl", &output))
    }

    /// The host's clock against ours.
    pub async fn clock(&self) -> Result<ClockOffset, Cause> {
        let before = now();
        let output = self.exec(&HostCommand::new(clock_command())).await?;
        // Not the time before and after: connecting, or waiting for a turn, may have come first.
        let took = output.took;
        let after = now();
        let (there, exact) = time(output.text().trim()).ok_or_else(|| strange("date", &output))?;
        let sent = before.max(after.saturating_sub(took));
        let half = (after.saturating_sub(sent)).as_secs_f64() / 2.0;
        let here = sent.as_secs_f64() + half;
        let rest = if exact { 0.0 } else { 0.5 };
        Ok(ClockOffset { ahead: there + rest - here, precision: half + rest })
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Seconds since 1970, and whether with their fraction: a `date` that knows no `%N` leaves a letter there.
fn time(text: &str) -> Option<(f64, bool)> {
    let (seconds, fraction) = text.split_once('.')?;
    let exact = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let text = if exact { text } else { seconds };
    seconds.parse::<u64>().ok()?;
    Some((text.parse().ok()?, exact))
}

/// What `stat` printed, a file a line. No file at all is an answer, files that may not be looked at are none.
fn stat_lines(output: &CommandOutput, path: &str) -> Result<Vec<FileFacts>, Cause> {
    let text = output.text();
    let found: Vec<_> = text.lines().filter_map(stat_line).collect();
    if found.is_empty() {
        if output.ok() {
            return Err(strange("stat", output));
        }
        absent(output, path)?;
    }
    Ok(found)
}

fn stat_line(line: &str) -> Option<FileFacts> {
    let mut fields = line.splitn(4, ' ');
    Some(FileFacts {
        changed: fields.next()?.parse().ok()?,
        size: fields.next()?.parse().ok()?,
        mode: u32::from_str_radix(fields.next()?, 8).ok()?,
        path: fields.next()?.to_owned(),
    })
}

fn disk(text: &str) -> Option<DiskUsage> {
    // A device's name and a mount point may have spaces; the numbers between them cannot.
    let words: Vec<_> = text.lines().nth(1)?.split_whitespace().collect();
    let at = words.iter().position(|word| word.ends_with('%') && word.len() > 1)?;
    let number = |back: usize| words.get(at.checked_sub(back)?)?.parse::<u64>().ok()?.checked_mul(1024);
    Some(DiskUsage {
        name: words.get(..at.checked_sub(3)?)?.join(" "),
        mount: words.get(at + 1..)?.join(" "),
        total: number(3)?,
        used: number(2)?,
        available: number(1)?,
        percent: words.get(at)?.trim_end_matches('%').parse().ok()?,
    })
}

/// `0.52 0.58 0.59 1/467 12345` of Linux, `{ 0.52 0.58 0.59 }` of the others; some locales have a comma.
fn load(text: &str) -> Option<[f64; 3]> {
    let number = |word: &str| {
        word.replace(',', ".").parse().ok().filter(|load: &f64| load.is_finite() && *load >= 0.0)
    };
    let mut words = text.split_whitespace().filter(|word| *word != "{");
    Some([number(words.next()?)?, number(words.next()?)?, number(words.next()?)?])
}

/// Nothing where the file is not there; else why it could not be looked at.
fn absent(output: &CommandOutput, path: &str) -> Result<(), Cause> {
    if output.said().contains("No such file or directory") { Ok(()) } else { Err(file_cause(output, path)) }
}

fn file_cause(output: &CommandOutput, path: &str) -> Cause {
    let said = output.said();
    let last = said.lines().last().unwrap_or_default();
    Cause::new(CauseCode::File, if last.is_empty() { path.to_owned() } else { last.to_owned() })
}

/// A program that is there, and says something else than it does elsewhere.
pub(super) fn strange(program: &str, output: &CommandOutput) -> Cause {
    let said = output.said();
    let text = output.text();
    let shown: String = if said.is_empty() { text.as_ref() } else { &said }.chars().take(200).collect();
    Cause::new(CauseCode::HostCommand, format!("{program} answered: {}", shown.trim()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn df_is_read_whatever_the_names() {
        let text = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n\
                    //nas/my share   264172768 37748736 215432704      15% /mnt/my disk\n";
        let disk = disk(text).unwrap();
        assert_eq!((disk.name.as_str(), disk.mount.as_str()), ("//nas/my share", "/mnt/my disk"));
        assert_eq!((disk.total, disk.used), (264_172_768 << 10, 37_748_736 << 10));
        assert_eq!((disk.available, disk.percent), (215_432_704 << 10, 15));
        assert_eq!(super::disk("Filesystem\nnone - - - - /x"), None);
    }

    #[test]
    fn a_load_is_read_wherever_it_comes_from() {
        for text in ["0.52 0.58 10.39 1/467 12345\n", "{ 0.52 0.58 10.39 }\n", "{ 0,52 0,58 10,39 }\n"] {
            assert_eq!(load(text), Some([0.52, 0.58, 10.39]), "{text}");
        }
        for text in ["", "{ }", "0.52 0.58", "0.52 nan 0.59", "0.52 inf 0.59", "-1 0.58 0.59", "a b c"] {
            assert_eq!(load(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_without_fractions_is_read_as_well() {
        assert_eq!(time("1771064645.25"), Some((1_771_064_645.25, true)));
        for text in ["1771064645.N", "1771064645.%N", "1771064645."] {
            assert_eq!(time(text), Some((1_771_064_645.0, false)), "{text}");
        }
        assert_eq!(time("Sat Feb 14.2"), None);
    }
}
