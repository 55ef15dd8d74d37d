//! The file of an export, made row by row while it is sent (docs/api-facts.md C6).

use std::{borrow::Cow, cmp::Ordering, collections::BTreeMap, io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;

use super::{Export, Status, columns::Column, crowd};
use crate::sandbox::voucherify::{Project, admission, answer, customers::Customer, faults::FaultKind};

/// Rows that are made before the next bytes are sent.
const ROWS: usize = 500;

/// Everything that can go wrong with a download.
const TROUBLES: [FaultKind; 6] = [
    FaultKind::DownloadToken,
    FaultKind::Download500,
    FaultKind::DownloadReset,
    FaultKind::DownloadCut,
    FaultKind::DownloadShort,
    FaultKind::DownloadHtml,
];

/// `GET /v1/exports/{id}?token=` of the download host: with keys, and with a token that still lives.
pub(in crate::sandbox::voucherify) async fn get(
    State(project): State<Arc<Project>>,
    Path(id): Path<String>,
    Query(parameters): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    project.count("downloads of exports".into());
    let Some(export) = project.export(&id) else { return answer::missing("export", &id) };
    let trouble = project.faults.first(&TROUBLES);
    let token = parameters.get("token").map_or("", String::as_str);
    if trouble == Some(FaultKind::DownloadToken) || !export.tokens.takes(token) || !admission::has_keys(&headers) {
        return admission::unauthorized();
    }
    if export.status() != Status::Done {
        return answer::missing("export", &id);
    }
    let mut table = Table::new(&project, export);
    match trouble {
        Some(FaultKind::Download500) => {
            answer::error(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal error", "Something went wrong")
        }
        Some(FaultKind::DownloadReset) => answer::hang_up(),
        Some(FaultKind::DownloadHtml) => {
            ([(header::CONTENT_TYPE, "text/html")], "<html><body>sign in to continue</body></html>").into_response()
        }
        Some(cut) => {
            let start = table.next().and_then(Result::ok).map(|piece| half(&piece)).unwrap_or_default();
            let ends = cut == FaultKind::DownloadShort;
            let parts = stream::unfold(Some(start), move |start| async move {
                if let Some(start) = start {
                    return Some((Ok(start), None));
                }
                if ends {
                    return None;
                }
                // The first bytes have to be on their way before the connection ends.
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None))
            });
            file(Body::from_stream(parts))
        }
        None => file(Body::from_stream(stream::iter(table))),
    }
}

fn file(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}

/// Its first half, which ends within a row.
fn half(bytes: &Bytes) -> Bytes {
    let most = bytes.len() / 2;
    let end = if bytes[..most].ends_with(b"\n") { most + 1 } else { most };
    bytes.slice(..end)
}

/// The customers of an export in its order: those that were sent, and the crowd that is made up.
struct Rows {
    export: Arc<Export>,
    /// Places in the export's customers.
    sent: std::vec::IntoIter<usize>,
    /// Members of the crowd that have yet to come.
    crowd: std::ops::Range<u64>,
    next_sent: Option<Arc<Customer>>,
    next_crowd: Option<Customer>,
}

impl Rows {
    fn new(export: Arc<Export>, crowd: u64) -> Self {
        let mut sent: Vec<usize> = (0..export.customers.len()).collect();
        let order = export.wanted.order;
        sent.sort_by(|one, other| order.compare(&export.customers[*one], &export.customers[*other]));
        let mut rows = Self { export, sent: sent.into_iter(), crowd: 0..crowd, next_sent: None, next_crowd: None };
        rows.take_sent();
        rows.take_crowd();
        rows
    }

    fn take_sent(&mut self) -> Option<Arc<Customer>> {
        let next = self.sent.next().map(|place| self.export.customers[place].clone());
        std::mem::replace(&mut self.next_sent, next)
    }

    fn take_crowd(&mut self) -> Option<Arc<Customer>> {
        let number = if self.export.wanted.order.descending { self.crowd.next_back() } else { self.crowd.next() };
        std::mem::replace(&mut self.next_crowd, number.map(crowd::customer)).map(Arc::new)
    }
}

impl Iterator for Rows {
    type Item = Arc<Customer>;

    fn next(&mut self) -> Option<Arc<Customer>> {
        match (&self.next_sent, &self.next_crowd) {
            (Some(sent), Some(crowd)) if self.export.wanted.order.compare(sent, crowd) == Ordering::Greater => {
                self.take_crowd()
            }
            (Some(_), _) => self.take_sent(),
            (None, _) => self.take_crowd(),
        }
    }
}

/// The file in pieces.
struct Table {
    rows: Rows,
    columns: Vec<Column>,
    /// Until it has been sent.
    header: Option<Vec<String>>,
}

impl Table {
    fn new(project: &Project, export: Arc<Export>) -> Self {
        let options = &project.options.exports;
        let columns = Column::all(&export.wanted.fields, &project.schemas.customer_keys(), options);
        let labels = columns.iter().enumerate().map(|(place, column)| column.header(place, options.export_labels));
        let header = Some(labels.map(Cow::into_owned).collect());
        Self { rows: Rows::new(export, options.crowd), columns, header }
    }

    /// Makes the next rows; nothing once there are none.
    fn piece(&mut self) -> csv::Result<Vec<u8>> {
        let mut piece = csv::Writer::from_writer(Vec::new());
        if let Some(header) = self.header.take() {
            piece.write_record(header)?;
        }
        let mut rows = 0;
        while rows < ROWS
            && let Some(customer) = self.rows.next()
        {
            if self.rows.export.wanted.filters.let_through(&customer) {
                rows += 1;
                piece.write_record(self.columns.iter().map(|column| column.cell(&customer).into_owned()))?;
            }
        }
        piece.into_inner().map_err(|error| io::Error::other(error.to_string()).into())
    }
}

impl Iterator for Table {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.piece() {
            Ok(piece) => (!piece.is_empty()).then(|| Ok(piece.into())),
            Err(error) => Some(Err(io::Error::other(error))),
        }
    }
}
