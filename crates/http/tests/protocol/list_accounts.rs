//! GET /list-accounts.

use crate::support::{App, NOW, refusal};

#[tokio::test]
async fn lists_what_one_signs_in_with_and_no_secret() {
    let app = App::new().await;
    let ada = app.sign_up("ada@example.com").await;
    app.sign_up("bob@example.com").await;
    app.sql(&format!(
        r#"update account set id = 'password' where userId = '{0}';
           insert into account (id, accountId, providerId, userId, accessToken, refreshToken, idToken, scope, createdAt, updatedAt)
           values ('github', '42', 'github', '{0}', 'secret', 'secret', 'secret', ' a, b,,c d ', '2027-02-01T00:00:00.000Z', '2027-02-02T00:00:00.000Z');"#,
        ada.user_id
    ));
    let id = &ada.user_id;
    app.get("/list-accounts").of(&ada).send().await.assert(
        200,
        &[],
        &format!(
            r#"[{{"accountId":"{id}","providerId":"credential","userId":"{id}","createdAt":"{NOW}","updatedAt":"{NOW}","id":"password","scopes":[]}},{{"accountId":"42","providerId":"github","userId":"{id}","createdAt":"2027-02-01T00:00:00.000Z","updatedAt":"2027-02-02T00:00:00.000Z","id":"github","scopes":["a","b","c d"]}}]"#
        ),
    );
    app.sql(&format!("delete from account where userId = '{id}'"));
    app.get("/list-accounts").of(&ada).send().await.assert(200, &[], "[]");
}

#[tokio::test]
async fn needs_a_session() {
    let app = App::new().await;
    let unauthorized = refusal("UNAUTHORIZED", "Unauthorized");
    app.get("/list-accounts").send().await.assert(401, &[], &unauthorized);
}
