//! The transport against a server on loopback that answers as it is told.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

/// Gives each connection the next answer, whatever it asks, and closes it.
async fn server(answers: &'static [&'static str]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/x?secret=1", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            // What is not read makes the kernel reset the connection, and the answer with it.
            let _ = connection.read(&mut [0; 4_096]).await.unwrap();
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

fn call(url: Url, attempts: u32) -> Call {
    let backoff = Duration::from_millis(1);
    let policy = Policy {
        attempts,
        backoff,
        backoff_limit: backoff,
        limits: policy::Limits::PauseAll,
        longest_wait: Duration::from_mins(5),
    };
    Call { method: Method::GET, url, headers: HeaderMap::new(), body: None, policy, place: Place::InLine }
}

#[tokio::test]
async fn resets_cut_bodies_and_limits_are_survived() {
    let url = server(&[
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal",
        "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhole",
    ])
    .await;
    let transport = Transport::new(NonZeroU32::new(1_000), Duration::from_secs(5));
    let reply = transport.send(&call(url, 9)).await.unwrap();
    assert_eq!((&reply.body[..], reply.attempts), (&b"whole"[..], 4));
    assert_eq!(transport.traffic().retries.load(Ordering::Relaxed), 3);
    assert_eq!(transport.traffic().limited.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn who_gives_up_says_how_often_it_tried_and_hides_the_query() {
    let transport = Transport::new(None, Duration::from_secs(5));
    let error = transport.send(&call(server(&["", ""]).await, 2)).await.unwrap_err();
    assert_eq!(error.attempts, 2);
    assert!(error.reply.is_none());
    assert!(!error.to_string().contains("secret") && error.to_string().contains("/x: "), "{error}");
}
