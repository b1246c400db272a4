//! A proxy that makes a connection slow without making it narrow: each byte arrives so much later.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Listen on a port of 127.0.0.1, which is returned, and pass all that comes on to `target`, in both
/// directions `delay` later. It ends with the runtime.
pub(crate) async fn proxy(target: u16, delay: Duration) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let Ok(far) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await else {
                continue;
            };
            let (near_read, near_write) = no_delay(near).into_split();
            let (far_read, far_write) = no_delay(far).into_split();
            tokio::spawn(pass(near_read, far_write, delay));
            tokio::spawn(pass(far_read, near_write, delay));
        }
    });
    port
}

/// Small pieces are not kept back to be sent together: the only delay is ours.
fn no_delay(stream: TcpStream) -> TcpStream {
    stream.set_nodelay(true).unwrap();
    stream
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (send, mut receive) = mpsc::channel::<(Instant, Vec<u8>)>(1024);
    tokio::spawn(async move {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            if send.send((Instant::now() + delay, buffer[..read].to_vec())).await.is_err() {
                return;
            }
        }
    });
    while let Some((at, bytes)) = receive.recv().await {
        tokio::time::sleep_until(at).await;
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
