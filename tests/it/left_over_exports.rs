//! Exports that cannot be deleted at the vendor, since keys or something on the way allow no deletion.

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{upload::project::side_by_side, verify::Migration};

/// Stands before a sandbox, and answers each deletion of an export with that status.
fn without_deletions(migration: &Migration, runtime: &Runtime, status: u16) -> String {
    let (behind, client) = (migration.sandbox.voucherify_url(), reqwest::Client::builder().no_proxy().build().unwrap());
    let pass = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let refused = method == Method::DELETE && uri.path().starts_with("/v1/exports/");
        let request = client.request(method, format!("{behind}{uri}")).headers(headers).body(body);
        async move {
            if refused {
                return Response::builder().status(status).header("Location", "/login").body(Body::empty()).unwrap();
            }
            let sent = request.send().await.unwrap();
            let mut response = Response::builder().status(sent.status());
            for (name, value) in sent.headers() {
                response = response.header(name, value);
            }
            response.body(Body::from(sent.bytes().await.unwrap())).unwrap()
        }
    };
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, Router::new().fallback(pass)).await });
    url
}

#[test]
fn whatever_refuses_their_deletion_the_next_run_says_so_and_goes_on() {
    side_by_side(&[302, 400, 401, 403, 405, 409, 422], |status| {
        let (migration, runtime) = (Migration::of(20, VoucherifyOptions::default()), Runtime::new().unwrap());
        let url = without_deletions(&migration, &runtime, *status);
        let run = |arguments: &[&str]| {
            let mut command = migration.command(arguments);
            let output = migration.workdir.check(command.env("VOUCHERIFY_API_URL", &url), 0);
            String::from_utf8(output.stderr).unwrap()
        };
        let said = run(&["upload", "--keep-before"]);
        assert!(said.contains("could not be deleted at Voucherify; the next run tries again"), "{status}: {said}");
        for arguments in
            [&["verify"][..], &["verify"], &["undo", "--yes", "--delete-created"], &["verify", "--before", "1"]]
        {
            let said = run(arguments);
            assert!(said.contains("of an earlier run could not be deleted: "), "{status} {arguments:?}: {said}");
        }
        assert!(migration.sandbox.customers().is_empty(), "{status}: it was undone");
    });
}
