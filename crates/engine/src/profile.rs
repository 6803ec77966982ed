//! What a person may change about their account, and the account's end.

use std::sync::Arc;

use crate::audit;
use crate::engine::{Engine, to_the_end};
use crate::ids::UserId;
use crate::sessions::sessions_ended;
use crate::store::StoreError;
use crate::user::User;

/// What is to change about an account; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// What to call the person.
    pub name: Option<String>,
    /// Address of a picture; `Some(None)` takes it away.
    pub image: Option<Option<String>>,
}

impl Engine {
    /// Changes an account and answers with what it then is; `None` when there is none any more.
    pub async fn update_user(
        &self,
        user: &UserId,
        change: UserChange,
    ) -> Result<Option<User>, StoreError> {
        self.store.update_user(user, change, self.now()).await
    }

    /// Deletes an account with its password, its linked accounts and its sessions, whose tokens are
    /// refused from then on; what others keep of the person goes too. Of several who do so at once, one does it; the others find it done.
    pub async fn delete_user(&self, user: &UserId) -> Result<(), StoreError> {
        let (user, cutoff) = (user.clone(), self.cutoff());
        let (store, on_end) = (Arc::clone(&self.store), Arc::clone(&self.on_session_end));
        let on_delete = Arc::clone(&self.on_user_delete);
        to_the_end(async move {
            if let Some(ended) = store.delete_user(&user, cutoff).await? {
                audit::user_deleted(&user);
                sessions_ended(&on_end, &ended, "delete_user");
                on_delete(user).await;
            }
            Ok(())
        })
        .await
    }
}
