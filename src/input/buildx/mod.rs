//! BuildKit's own memory of builds, read through buildx: which builds there were, what they printed, how they ended.
//!
//! buildx is asked for what BuildKit keeps (`history`), and its folder on this machine says which directory each build was
//! started for (`local_state`). Nothing is built, changed or deleted.

mod command;
mod docker_config;
mod history;
mod local_state;
mod search;

pub use command::{Buildx, Trouble};
pub use docker_config::{DockerConfig, GlobalOptions};
pub use history::{Ending, History, Record, RecordRef, Status, ago};
pub use local_state::{LocalBuild, LocalState};
pub use search::{Build, Found, Missed, Search};
