//! Whatever the file holds, the answer is a configuration or problems, never a panic.

use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8]) {
    match load("prod-gate.yml", bytes, &env) {
        Ok(loaded) => assert!(!format!("{loaded:?}").is_empty()),
        Err(error) => {
            assert!(!error.problems.0.is_empty());
            assert!(!error.render(false).is_empty() && !error.render(true).is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn random_yaml(text in "[a-z0-9 \t\n:{}\\[\\],\"'&*!|>$%#?.-]{0,200}") {
        read(text.as_bytes());
    }

    #[test]
    fn a_good_file_with_bytes_changed(
        full in any::<bool>(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..3, any::<u8>()), 1..6),
        printable in any::<bool>(),
    ) {
        let mut bytes = if full { FULL } else { MINIMAL }.as_bytes().to_vec();
        for (at, kind, byte) in edits {
            let at = at.index(bytes.len());
            let byte = if printable { b" \n:-{}[]\"'$#&*0a\t,|>?!%\\"[usize::from(byte) % 24] } else { byte };
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.remove(at); }
            }
        }
        read(&bytes);
    }

    #[test]
    fn a_good_file_with_lines_changed(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..4), 1..5),
    ) {
        let mut lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
        for (a, b, kind) in edits {
            let (a, b) = (a.index(lines.len()), b.index(lines.len()));
            match kind {
                0 => lines.swap(a, b),
                1 => { lines.remove(a); }
                2 => { let line = lines[b].clone(); lines.insert(a, line); }
                _ => { let end = lines[a].find(':').map_or(0, |at| at + 1); lines[a].truncate(end); }
            }
        }
        read(lines.join("\n").as_bytes());
    }
}

/// Files made to be slow or deep end at once, with a clear problem.
#[test]
fn hostile_files_end_quickly() {
    let fill = |piece: &str| piece.repeat(1_000_000 / piece.len());
    for yaml in [
        fill("["),
        fill("{a: "),
        fill("- "),
        fill("? "),
        fill("a: "),
        fill("a:\n "),
        fill("&a "),
        fill("!a "),
        fill("*a "),
        fill("a"),
        fill("\n"),
        fill(" "),
        fill("\t"),
        fill("#"),
        fill("\""),
        fill("${"),
        fill("- a\n"),
        fill("${env:FOUR}"),
        format!("version: 1\nsmoke: {{ pages: [{}] }}", fill("/a, ")),
        (0..80_000).map(|i| format!("k{i}: 1")).collect::<Vec<_>>().join("\n"),
        (0..500).map(|i| format!("{}a:", " ".repeat(i))).collect::<Vec<_>>().join("\n"),
        format!("version: 1\ntitle: \"{}\"", fill("{{ ")),
        format!("version: 1\nsmoke: {{ pages: [{{ path: /, matches: '{}' }}] }}", fill("(")),
        format!("version: 1\nsmoke: {{ pages: [{{ path: /, matches: 'a{}' }}] }}", "{999}".repeat(4)),
        format!("version: 1\nsmoke: {{ pages: [{{ path: /, json: {{ '${}': 1 }} }}] }}", fill("[?@")),
    ] {
        let start = std::time::Instant::now();
        let error = load("prod-gate.yml", yaml.as_bytes(), &env).map(|_| ()).unwrap_err();
        let shown = error.render(false);
        assert!(shown.len() < 40_000, "{} bytes for {yaml:.40}", shown.len());
        let took = start.elapsed();
        // Not how quick it is, but that it ends: the machine may be busy.
        assert!(took.as_secs() < 120, "{took:?} for {yaml:.40}");
    }
}
