//! Every answer of a server, looked at before the store's crate makes something of it.
//!
//! That crate keeps an answer's status to itself, takes a listing that ends early for whole and gives a listing up for
//! one name. Here a refusal becomes an error of a type, whatever page it came with, and a URL is asked for as it was
//! written.

use super::page;
use super::refusal::{Refusal, Wire};
use async_trait::async_trait;
use futures::StreamExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};

/// Bytes of a page that comes with a refusal.
const PAGE_READ: usize = 16 << 10;

impl Refusal {
    fn error(self) -> HttpError {
        HttpError::new(HttpErrorKind::Unknown, self)
    }
}

impl HttpConnector for Wire {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Watched {
            client: ReqwestConnector::default().connect(options)?,
            wire: self.clone(),
        }))
    }
}

impl Wire {
    /// Asks for what the user wrote.
    fn address(&self, request: &mut HttpRequest) {
        let uri = request.uri();
        let written = match (&self.exact, &self.query) {
            (Some((path, written)), _) if uri.path() == path => written.clone(),
            (_, Some(query)) if uri.query().is_none() => format!("{}?{query}", uri.path()),
            _ => return,
        };
        let origin = uri.to_string();
        let origin = origin.strip_suffix(uri.path_and_query().map_or("", |p| p.as_str()));
        if let Some(Ok(uri)) = origin.map(|origin| format!("{origin}{written}").parse()) {
            *request.uri_mut() = uri;
        }
    }
}

/// A client with an eye on it.
#[derive(Debug)]
struct Watched {
    client: HttpClient,
    wire: Wire,
}

#[async_trait]
impl HttpService for Watched {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.wire.address(&mut request);
        let method = request.method().as_str().to_owned();
        let query = request.uri().query().unwrap_or_default();
        // Others ask for credentials, and their answers are the store's own matter.
        let is_read = matches!(&*method, "GET" | "HEAD" | "PROPFIND");
        let is_list = method == "PROPFIND"
            || !self.wire.is_web && (query.contains("list-type=2") || query.contains("comp=list"));
        let asked = is_list.then(|| page_of(query)).flatten();
        let is_range = request.headers().contains_key("range");
        let again = (method == "HEAD" && self.wire.is_web).then(|| request.clone());
        let response = self.client.execute(request).await?;
        let is_well = response.status().is_success();
        if !is_read {
            return Ok(response);
        }
        if let Some(request) = again {
            let is_told = response.headers().contains_key("content-length");
            return match is_well && is_told {
                true => Ok(response),
                false => self.first_byte(request).await,
            };
        }
        if !is_well {
            return Err(refusal(response).await.error());
        }
        match response.status().as_u16() {
            207 if is_list => self.listing(response, None).await,
            _ if is_list && self.wire.is_web => {
                let reason = "it is no WebDAV answer".to_owned();
                Err(Refusal::Unreadable(reason).error())
            }
            _ if is_list => self.listing(response, asked.as_deref()).await,
            206 if is_range => part(response),
            _ if is_range => Err(Refusal::NoRanges.error()),
            _ => Ok(response),
        }
    }
}

impl Watched {
    /// What HEAD would have said, by a request for the first byte: signed URLs are often good for GET alone.
    async fn first_byte(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let wrong = |_| Refusal::NoRanges.error();
        *request.method_mut() = "GET".try_into().map_err(|_| wrong(()))?;
        let range = "bytes=0-0".try_into().map_err(|_| wrong(()))?;
        request.headers_mut().insert("range", range);
        let response = self.client.execute(request).await?;
        let status = response.status().as_u16();
        let size = content_range(&response).map(|(_, _, size)| size);
        let size = match (status, size) {
            (206 | 416, Some(size)) => size,
            (200..=299, _) => return Err(Refusal::NoRanges.error()),
            _ => return Err(refusal(response).await.error()),
        };
        let (mut parts, _) = response.into_parts();
        parts.status = 200.try_into().map_err(|_| wrong(()))?;
        parts.headers.remove("content-range");
        parts.headers.insert("content-length", size.into());
        Ok(HttpResponse::from_parts(parts, Vec::new().into()))
    }

    /// A listing that is whole, without the names that would stop it.
    async fn listing(
        &self,
        response: HttpResponse,
        asked: Option<&str>,
    ) -> Result<HttpResponse, HttpError> {
        let (parts, body) = response.into_parts();
        let body = body.bytes().await?;
        let page = page::screen(&body, asked).map_err(Refusal::error)?;
        if let Ok(mut names) = self.wire.unspeakable.lock() {
            names.extend(page.unspeakable);
        }
        let body = page.without.map_or(body, Into::into);
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

/// The page of a listing that a request asks for.
fn page_of(query: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut pages = pairs.filter(|(name, _)| matches!(*name, "continuation-token" | "marker"));
    Some(super::decode(&pages.next()?.1.replace('+', " ")))
}

/// First and last byte and size of `bytes 0-9/100`; of `bytes */100` no bytes.
fn content_range(response: &HttpResponse) -> Option<(u64, u64, u64)> {
    let value = response.headers().get("content-range")?.to_str().ok()?;
    let (range, size) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let size = size.parse().ok()?;
    let Some((first, last)) = range.split_once('-') else {
        return Some((0, 0, size));
    };
    Some((first.parse().ok()?, last.parse().ok()?, size))
}

/// A part of a file, with its length, which some servers leave to the range.
fn part(mut response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let Some((first, last, _)) = content_range(&response) else {
        return Err(Refusal::NoRanges.error());
    };
    if !response.headers().contains_key("content-length") {
        let length = last.saturating_sub(first).saturating_add(1);
        response
            .headers_mut()
            .insert("content-length", length.into());
    }
    Ok(response)
}

/// What a refusal says, without the page that comes with it.
async fn refusal(response: HttpResponse) -> Refusal {
    let status = response.status();
    let header = |name: &str| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let region = header("x-amz-bucket-region");
    let mut said = status.canonical_reason().unwrap_or_default().to_owned();
    let mut code = String::new();
    let mut page = Vec::new();
    let mut body = response.into_body().bytes_stream();
    while let Some(Ok(bytes)) = body.next().await
        && page.len() < PAGE_READ
    {
        page.extend_from_slice(&bytes);
    }
    if let Some((word, message)) = page::said(&String::from_utf8_lossy(&page)) {
        said = format!("{word}: {message}");
        code = word;
    }
    let status = status.as_u16();
    if let Some(region) = region.filter(|_| matches!(status, 301 | 307 | 400)) {
        said += &format!("; the bucket's region is {region} (`region`)");
    }
    Refusal::Status {
        status,
        code,
        said: match said.is_empty() {
            true => said,
            false => format!(" {said}"),
        },
    }
}
