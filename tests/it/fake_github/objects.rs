//! Names of git's objects, against git itself.

use super::{REPO, shop};
use crate::support::repo::Repo;

#[test]
fn git_gives_the_same_names() {
    let Some(github) = shop("git_gives_the_same_names") else { return };
    // The same files, people and times by git itself.
    let amira = github.person("amira");
    let one = amira.push(REPO, "side", "docs/deep/er/b.md", "b\n");
    let two = amira.push_files(
        REPO,
        "side",
        &[("docs/a.md", None), ("docs-and-more", Some("sorts before the folder\n")), ("docs.md", Some(""))],
        "karim",
        None,
    );
    let tag = amira.tag(REPO, "v1.0.0", &two);
    let repo = Repo::new();
    let bytes = |oid: &str| github.look(REPO, |_, state| state.objects.get(oid).unwrap().bytes());
    let kind = |oid: &str| github.look(REPO, |_, state| state.objects.get(oid).unwrap().kind());
    let mut seen = 0;
    let commits = github.look(REPO, |_, state| state.objects.history(&two));
    assert_eq!(commits.len(), 3);
    let mut open = commits;
    open.push(tag.clone());
    open.push(one);
    while let Some(oid) = open.pop() {
        let file = repo.path().join("object");
        std::fs::write(&file, bytes(&oid)).unwrap();
        // git reads the object through before it takes it.
        assert_eq!(repo.git(&["hash-object", "-w", "-t", kind(&oid), "object"]), oid, "{}", kind(&oid));
        seen += 1;
        github.look(REPO, |_, state| {
            if let Some(commit) = state.objects.commit(&oid) {
                open.push(commit.tree.clone());
            }
            open.extend(state.objects.tree(&oid).into_iter().flatten().map(|entry| entry.oid.clone()));
        });
    }
    assert!(seen > 15, "{seen}");
    std::fs::remove_file(repo.path().join("object")).unwrap();
    repo.git(&["fsck", "--strict", &tag]);
    assert_eq!(
        repo.git(&["ls-tree", "-r", "--name-only", &two]),
        "README.md\ndocs-and-more\ndocs.md\ndocs/deep/er/b.md"
    );
}

#[test]
fn a_repository_on_disk_is_taken_over_whole() {
    let Some(github) = shop("a_repository_on_disk_is_taken_over_whole") else { return };
    let repo = Repo::new();
    repo.commit("a.txt", "a\n", "first");
    let head = repo.commit("deep/b.txt", "b\n", "second");
    repo.annotated_tag("v1.0.0", "one");
    github.empty_repository("acme/other", "main");
    github.import("acme/other", repo.path());
    assert_eq!(github.head("acme/other", "main"), Some(head.clone()));
    assert_eq!(github.file("acme/other", "v1.0.0", "deep/b.txt").as_deref(), Some("b\n"));
    // What is made on top of it is made on git's own objects.
    let next = github.person("amira").push("acme/other", "main", "c.txt", "c\n");
    github.look("acme/other", |_, state| {
        assert_eq!(state.objects.commit(&next).unwrap().parents, [head]);
        assert_eq!(state.objects.files_of(&next).len(), 3);
    });
}
