//! Starts Baton.

use app::context::Clock;
use axum::serve::ListenerExt;
use domain::db::Db;
use server::config::Config;
use server::state::Server;
use server::{demo, jobs, router};
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Gives back what a burst of webhooks needed: glibc's allocator keeps it, spread over an arena for each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "baton, a live-chat console for WhatsApp

  baton serve    serve the desk (the default); see .env.example for the settings
  baton found    <business's name> <owner's e-mail> <owner's name>
                 make a workspace with its first Owner; prints the password, once
  baton connect  <phone number id> <WhatsApp business account id> <number> [<business's name>]
                 connect a WhatsApp number; reads the app secret from BATON_APP_SECRET and the
                 access token from BATON_ACCESS_TOKEN, and prints what to enter in Meta's dashboard
  baton replay   process deliveries again that failed
  baton help     this text
";

#[tokio::main]
async fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        None | Some("serve") => serve().await,
        Some("found") => found().await,
        Some("connect") => connect().await,
        Some("replay") => replay().await,
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(format!("There is no command “{other}”.\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn open(config: &Config) -> Result<Db, String> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_new(&config.log)
                .map_err(|_| format!("BATON_LOG is “{}”, which is no log filter like info or debug.", config.log))?,
        )
        .with_writer(std::io::stderr)
        .init();
    let options = config.database_url.parse().map_err(|error| format!("DATABASE_URL cannot be read: {error}"))?;
    Db::open(options, config.connections).await
}

/// What follows the command, as many as there are to be.
fn words(least: usize, most: usize) -> Result<Vec<String>, String> {
    let words: Vec<_> = std::env::args().skip(2).collect();
    if (least..=most).contains(&words.len()) { Ok(words) } else { Err(HELP.to_owned()) }
}

async fn found() -> Result<(), String> {
    let words = words(3, 3)?;
    let config = Config::from_env()?;
    let db = open(&config).await?;
    demo::refuse(&db).await.map_err(|error| error.to_string())?;
    let now = Clock::default().now();
    let password = domain::workspace::found::found(&db, &words[0], &words[1], &words[2], now).await;
    let password = password.map_err(|error| error.to_string())?;
    println!(
        "“{}” is made. {} signs in at {} as {} with the password {password}\nIt is not shown again; they change it at the desk, bottom left.",
        words[0].trim(),
        words[2].trim(),
        config.public_url,
        words[1].trim().to_lowercase(),
    );
    Ok(())
}

async fn connect() -> Result<(), String> {
    let words = words(3, 4)?;
    let config = Config::from_env()?;
    let secret = |name: &str| std::env::var(name).map_err(|_| format!("Set {name}. It is in Meta's dashboard."));
    let (app_secret, access_token) = (secret("BATON_APP_SECRET")?, secret("BATON_ACCESS_TOKEN")?);
    let db = open(&config).await?;
    demo::refuse(&db).await.map_err(|error| error.to_string())?;
    let number = domain::channel::connect::Number {
        phone_number_id: &words[0],
        waba_id: &words[1],
        display_phone: &words[2],
        app_secret: &app_secret,
        access_token: &access_token,
    };
    let workspace = words.get(3).map(String::as_str);
    let connected = domain::channel::connect::connect(&db, workspace, number, Clock::default().now()).await;
    let (app, verify_token) = connected.map_err(|error| error.to_string())?;
    println!(
        "{} is connected. In Meta's dashboard, under WhatsApp, Configuration, enter\n\n  Callback URL   {}/webhooks/whatsapp/{app}\n  Verify token   {verify_token}\n\nand subscribe to messages and user_preferences.",
        words[2], config.public_url,
    );
    Ok(())
}

async fn replay() -> Result<(), String> {
    let db = open(&Config::from_env()?).await?;
    let put_back = domain::delivery::store::replay_failed(&db).await.map_err(|error| error.to_string())?;
    println!("{put_back} deliveries wait to be processed again.");
    Ok(())
}

async fn serve() -> Result<(), String> {
    let config = Config::from_env()?;
    let db = open(&config).await?;
    let clock = Clock::default();
    let desk = if config.demo {
        Some(demo::open(&db, &clock).await.map_err(|error| error.to_string())?)
    } else {
        demo::refuse(&db).await.map_err(|error| error.to_string())?;
        None
    };
    let listener = tokio::net::TcpListener::bind(config.address)
        .await
        .map_err(|error| format!("BATON_ADDRESS {} cannot be listened on: {error}", config.address))?;
    let server = Server::new(config, db, clock);
    let simulator = desk.as_ref().map(|desk| demo::simulator(&server, desk));
    let routes = router::router(server.clone(), simulator);
    let stop = CancellationToken::new();
    let mut jobs = jobs::start(&server, &stop);
    match &desk {
        Some(desk) => print!("{}", demo::greeting(&server.config, desk)),
        None => println!("Baton is at {}", server.config.public_url),
    }
    let signal = stop.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        signal.cancel();
    });
    let stopping = stop.clone();
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    // A frame goes out at once and not after the one before it was acknowledged, which a browser puts off by 40 ms.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await });
    tokio::select! {
        served = serving => served.map_err(|error| error.to_string())?,
        // Open sockets do not end by themselves: they get a moment, then the process goes.
        () = async { stop.cancelled().await; tokio::time::sleep(std::time::Duration::from_secs(2)).await } => {}
    }
    while jobs.join_next().await.is_some() {}
    Ok(())
}

async fn wait_for_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
