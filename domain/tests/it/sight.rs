//! One rule, two languages: the SQL function and the Rust function agree on every case there is.

use crate::world::noon;
use domain::MemberId;
use domain::chat::{BotVoice, Reason, Request, Sight, State, sight};
use domain::member::Role;
use sqlx::PgPool;
use uuid::Uuid;

#[sqlx::test(migrations = "./migrations")]
async fn rust_and_sql_agree_on_every_case(pool: PgPool) {
    let members = [MemberId(Uuid::from_u128(1)), MemberId(Uuid::from_u128(2)), MemberId(Uuid::from_u128(3))];
    let mut states = vec![State::Active];
    for directed_to in [None, Some(members[0]), Some(members[1])] {
        for bot in [BotVoice::Speaks, BotVoice::Silent] {
            states.push(State::Requested(Request { since: noon(), reason: Reason::Member, directed_to, bot }));
        }
    }
    states.extend(members[..2].iter().map(|by| State::Intervened { by: *by, since: noon() }));
    let mut cases = 0;
    for state in &states {
        for me in members {
            for role in [Role::Owner, Role::Manager, Role::Agent] {
                for watching in [false, true] {
                    let word = match state {
                        State::Active => "active",
                        State::Requested(_) => "requested",
                        State::Intervened { .. } => "intervened",
                    };
                    let found: i32 = sqlx::query_scalar("select sight($1, $2, $3, $4, $5, $6)")
                        .bind(word)
                        .bind(state.holder().map(|member| member.0))
                        .bind(state.directed_to().map(|member| member.0))
                        .bind(me.0)
                        .bind(role.supervises())
                        .bind(watching)
                        .fetch_one(&pool)
                        .await
                        .unwrap();
                    let expected = match sight(state, me, role, watching) {
                        Sight::None => 0,
                        Sight::Row => 1,
                        Sight::Full => 2,
                    };
                    assert_eq!(found, expected, "{state:?} for {me:?}, {role:?}, watching {watching}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 9 * 3 * 3 * 2);
}
