//! The simulator (being written).

/// Where Baton is and what it expects.
pub struct Settings {
    pub webhook_url: String,
    pub app_secret: String,
    pub phone_number_id: String,
    pub waba_id: String,
    pub display_phone: String,
    pub access_token: String,
    pub business_name: String,
}
/// It.
#[derive(Clone)]
pub struct Simulator;
impl Simulator {
    /// New.
    pub fn new(_: sqlx::PgPool, _: app::context::Clock, _: Settings) -> Self {
        Self
    }
}
/// Routes.
pub fn router(_: Simulator) -> axum::Router {
    axum::Router::new()
}
