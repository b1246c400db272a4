//! The throwaway server: real programs, replays in it, and nothing that stays behind.

use std::time::Instant;

use prod_gate::probe::catalogue::Kind;
use prod_gate::probe::scratch::{Identity, Migration, Origin, Scratch, Wanted};

use crate::support::runtime;

fn start() -> Scratch {
    runtime()
        .block_on(Scratch::start(&Wanted {
            major: 15,
            production: Identity::default(),
            origins: vec![Origin::Binaries(None)],
        }))
        .unwrap()
}

#[test]
fn a_first_look() {
    let t = Instant::now();
    let mut scratch = start();
    eprintln!("ready {:?} {}", t.elapsed(), scratch.about);
    runtime().block_on(async {
        let sql = std::fs::read("/tmp/x.sql").unwrap();
        let replay = scratch.create("app").await.unwrap();
        eprintln!("created {:?}", t.elapsed());
        replay.run(Migration { name: "a", sql: Some(&sql) }).await.unwrap();
        let c = replay.catalogue().await.unwrap();
        eprintln!("read {:?}", t.elapsed());
        for (name, object) in &c.objects {
            eprintln!("{name}  {:?} {:?}", object.of, object.fields);
        }
        eprintln!("{}", c.count(Kind::Table));
        let (a, b) = scratch.copy(replay).await.unwrap();
        eprintln!("copied {:?}", t.elapsed());
        let e = b.run(Migration { name: "b", sql: Some(b"select 1;\n\ncreate table users();") }).await;
        eprintln!("{e:?}");
        let e = a.run(Migration { name: "b", sql: Some(b"select 1;\n\ncreate extension vector;") }).await;
        eprintln!("{e:?}");
        drop((a, b));
        scratch.close().await;
        eprintln!("closed {:?}", t.elapsed());
    });
}
