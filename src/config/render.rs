//! Problems as a person reads them: the place, the line with a marker, what is wrong, what to do.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::problem::Problem;
use super::source::{SourceFile, Span};

/// How many problems are shown; the rest is counted.
const MOST: usize = 50;
/// A longer line is not shown: the position says enough.
const LONGEST_LINE: usize = 400;

/// All problems in the order of the file, and how many there are.
pub(super) fn render(problems: &[Problem], file: Option<&SourceFile>, colour: bool) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort_by_key(|problem| problem.span.map_or(0, |span| span.start));
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for problem in sorted.iter().take(MOST) {
        out.push_str(&renderer.render(&[group(problem, file)]));
        out.push_str("\n\n");
    }
    if sorted.len() > MOST {
        out.extend(["and ", &(sorted.len() - MOST).to_string(), " more\n\n"]);
    }
    let place = file.map_or_else(|| "the flags".to_owned(), |file| file.name().to_owned());
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    out.extend([&count, " in ", &place, "\n"]);
    out
}

fn group<'a>(problem: &'a Problem, file: Option<&'a SourceFile>) -> Group<'a> {
    let title = Level::ERROR.primary_title(problem.message.as_str());
    let path = problem.path.to_string();
    let mut group = match (file, problem.span) {
        (Some(file), Some(span)) if file.line(span.line).len() <= LONGEST_LINE => {
            title.element(snippet(file, span, path))
        }
        (Some(file), Some(span)) => title
            .element(Origin::path(file.name()).line(span.line as usize).char_column(span.column as usize)),
        (Some(file), None) => title.element(Origin::path(file.name())),
        (None, _) => Group::with_title(title),
    };
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

/// One line of the file, its marker cut to that line.
fn snippet(file: &SourceFile, span: Span, path: String) -> Snippet<'_, Annotation<'_>> {
    let line = file.line(span.line);
    let begin = file.line_start(span.line);
    let start = (span.start - begin).min(line.len());
    let end = (span.end - begin).clamp(start, line.len());
    let marked = line[start..end].trim_end().len();
    let mark = AnnotationKind::Primary.span(start..start + marked);
    let mark = if path.is_empty() { mark } else { mark.label(path) };
    Snippet::source(line).line_start(span.line as usize).path(file.name()).annotation(mark)
}
