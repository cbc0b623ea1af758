//! Demo mode: a desk with sample customers, one-click sign-ins, and the simulator as WhatsApp.

mod attributes;
mod cast;
mod seed;
mod tags;

use crate::config::Config;
use crate::state::Server;
use crate::whatsapp::simulator::{self, Settings, Simulator};
use app::context::Clock;
use domain::db::Db;
use domain::{AppId, Error, Result, workspace};

/// The password of every demo member.
pub const PASSWORD: &str = "baton-demo";
/// The demo number, by Meta's id.
pub const PHONE_NUMBER_ID: &str = "109876543210001";
/// The demo's WhatsApp business account.
pub const WABA_ID: &str = "102030405060708";
/// The demo number, as people read it.
pub const DISPLAY_PHONE: &str = "+49 30 901820";
/// Signs the demo's webhooks.
pub const APP_SECRET: &str = "demo-app-secret-0123456789abcdef";
/// Answers the demo's verification request.
pub const VERIFY_TOKEN: &str = "demo-verify-token";
/// The simulator's access token.
pub const ACCESS_TOKEN: &str = "demo-access-token";

/// What demo mode opened.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The app that the simulator signs for.
    pub app: AppId,
    /// The members: e-mail address, name, role.
    pub members: Vec<(String, String, &'static str)>,
}

/// Opens the demo workspace; makes and fills it the first time.
///
/// # Errors
/// `Invalid` when the database holds a workspace that demo mode did not make.
pub async fn open(db: &Db, clock: &Clock) -> Result<Demo> {
    if workspace::store::any_real(db).await? {
        return Err(Error::Invalid(
            "This database holds a real workspace. BATON_DEMO needs a database of its own; set DATABASE_URL to another one.".into(),
        ));
    }
    let desk = match workspace::store::demo(db).await? {
        Some(desk) => desk,
        None => seed::plant(db, clock.now()).await?,
    };
    let mut tx = desk.snapshot().await?;
    let members = domain::member::store::all(&mut tx).await?;
    let app = domain::channel::store::apps(&mut tx).await?.into_iter().next().ok_or(Error::Internal)?;
    let listed = members.into_iter().map(|member| (member.email, member.name, member.role.title())).collect();
    Ok(Demo { app, members: listed })
}

/// Outside demo mode: refuses a database that demo mode has filled.
///
/// # Errors
/// `Invalid` when there is a demo workspace.
pub async fn refuse(db: &Db) -> Result<()> {
    if workspace::store::demo(db).await?.is_some() {
        return Err(Error::Invalid(
            "This database belongs to a demo. Set BATON_DEMO=1, or set DATABASE_URL to another database.".into(),
        ));
    }
    Ok(())
}

/// The simulator's routes.
pub fn simulator(server: &Server, demo: &Demo) -> axum::Router {
    let settings = Settings {
        webhook_url: webhook_url(&server.config, demo),
        verify_token: VERIFY_TOKEN.into(),
        app_secret: APP_SECRET.into(),
        phone_number_id: PHONE_NUMBER_ID.into(),
        waba_id: WABA_ID.into(),
        display_phone: DISPLAY_PHONE.into(),
        access_token: ACCESS_TOKEN.into(),
        business_name: "Sunny Goods".into(),
    };
    simulator::router(Simulator::new(server.db.pool().clone(), server.clock.clone(), settings))
}

fn webhook_url(config: &Config, demo: &Demo) -> String {
    format!("http://{}/webhooks/whatsapp/{}", config.address, demo.app)
}

/// What `make run` prints.
pub fn greeting(config: &Config, demo: &Demo) -> String {
    let mut text = format!(
        "\n  Baton is at      {url}\n  Be a customer at {url}/simulator\n\n  Sign in with one click, or by e-mail; every password is {PASSWORD}\n",
        url = config.public_url,
    );
    for (email, name, role) in &demo.members {
        text.push_str(&format!("    {email:<26} {name} ({role})\n"));
    }
    text.push_str(&format!(
        "\n  Webhook URL      {}\n  Verify token     {VERIFY_TOKEN}\n  App secret       {APP_SECRET}\n  Phone number id  {PHONE_NUMBER_ID}\n\n  Ctrl-C ends it; everything is kept for the next time.\n\n",
        webhook_url(config, demo),
    ));
    text
}
