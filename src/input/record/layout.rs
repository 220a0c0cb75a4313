//! The JSON documents of a build record.
//!
//! Source: OCI image-spec, image-index.md and manifest.md, of which little is needed here; docker/buildx,
//! util/desktop/bundle/export.go (the record itself, its media types) and localstate/localstate.go.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::input::buildx::LocalState;

/// The record itself, the `config` of its manifest.
pub const RECORD: &str = "application/vnd.buildkit.historyrecord.v0";
/// The status stream.
pub const LOGS: &str = "application/vnd.buildkit.status.v0";

/// Is it the media type of the error with its details? BuildKit writes it with a slip of the pen.
pub fn is_error(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.googeapis.google.rpc.status+proto" | "application/vnd.googleapis.google.rpc.status+proto"
    )
}

/// Names a blob.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    #[serde(default)]
    pub media_type: String,
    pub digest: String,
    #[serde(default)]
    annotations: Option<Annotations>,
}

#[derive(Debug, Deserialize)]
/// Says in an index which record a manifest is.
struct Annotations {
    #[serde(rename = "vnd.buildkit.history.reference")]
    reference: Option<IgnoredAny>,
}

impl Descriptor {
    /// Does it say that a build record is behind it?
    pub fn is_of_record(&self) -> bool {
        self.annotations.as_ref().is_some_and(|annotations| annotations.reference.is_some())
    }
}

/// An index (its `manifests`) or a manifest (`config`, `layers`).
#[derive(Debug, Deserialize)]
pub struct Document {
    #[serde(default)]
    pub manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    pub config: Option<Descriptor>,
    #[serde(default)]
    pub layers: Option<Vec<Descriptor>>,
}

/// What BuildKit remembers of a build.
#[derive(Debug, Deserialize)]
pub struct HistoryRecord {
    #[serde(default, rename = "Ref")]
    pub reference: String,
    pub error: Option<ErrorDocument>,
    #[serde(rename = "CompletedAt")]
    pub completed: Option<IgnoredAny>,
    #[serde(rename = "localState")]
    pub local: Option<LocalState>,
}

/// The error without its details.
#[derive(Debug, Deserialize)]
pub struct ErrorDocument {
    /// A gRPC code.
    #[serde(default)]
    pub code: i32,
    #[serde(default)]
    pub message: String,
}
