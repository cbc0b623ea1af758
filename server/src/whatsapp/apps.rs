//! The apps' secrets, remembered for a moment: at thousands of webhooks a second the table is not asked for each.

use domain::AppId;
use domain::channel::{App, store};
use domain::db::Db;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an app is remembered. A secret that was withdrawn works for so long at most; a new one works at once,
/// because who does not fit is looked up again.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Apps remembered at most.
const MOST: usize = 1000;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Apps(Arc<Mutex<Known>>);

/// Each app and when it was looked up.
type Known = HashMap<AppId, (Instant, Arc<App>)>;

impl Apps {
    /// An app as it was at most a moment ago.
    pub async fn recent(&self, db: &Db, id: AppId) -> Option<Arc<App>> {
        let known = self.lock().get(&id).filter(|(at, _)| at.elapsed() < REMEMBERED).map(|(_, app)| app.clone());
        match known {
            Some(app) => Some(app),
            None => self.fresh(db, id).await,
        }
    }

    /// An app as it is now.
    pub async fn fresh(&self, db: &Db, id: AppId) -> Option<Arc<App>> {
        let app = Arc::new(store::app(db, id).await.ok().flatten()?);
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id, (Instant::now(), app.clone()));
        Some(app)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
