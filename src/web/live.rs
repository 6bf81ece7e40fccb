//! `/live`: says that something changed; the page then fetches its parts again. It carries no data, so it needs no
//! escaping, and a browser that missed news loses nothing.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hyper::body::{Body as HttpBody, Bytes, Frame};
use tokio::sync::{mpsc, watch};

use crate::store::Pulse;

/// Proxies close what is silent for a minute.
const BEAT: Duration = Duration::from_secs(20);
/// After this the browser connects anew, with its session asked again.
const AGE_MAX_BEATS: u32 = 45;

/// A stream of `change` events, one for each batch of commits while somebody listens.
pub fn feed(mut pulse: watch::Receiver<Pulse>, mut stopping: watch::Receiver<bool>) -> Response {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut beats = 0;
        let mut news = Bytes::from_static(b"retry: 1000\nevent: change\ndata: hello\n\n");
        while sender.send(news).await.is_ok() && beats < AGE_MAX_BEATS {
            tokio::select! {
                // A stream that stayed open would keep the daemon from stopping.
                () = stopped(&mut stopping) => return,
                woken = tokio::time::timeout(BEAT, pulse.changed()) => match woken {
                    Ok(Ok(())) => news = Bytes::from(format!("event: change\ndata: {}\n\n", pulse.borrow_and_update().events)),
                    Ok(Err(_)) => return,
                    Err(_) => {
                        beats += 1;
                        news = Bytes::from_static(b": still here\n\n");
                    }
                }
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    (headers, Body::new(Feed { receiver })).into_response()
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

struct Feed {
    receiver: mpsc::Receiver<Bytes>,
}

impl HttpBody for Feed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.receiver.poll_recv(context).map(|news| news.map(|news| Ok(Frame::data(news))))
    }
}
