//! What is refused though each value by itself is fine: settings that do not fit together, or that would
//! do nothing.

use tessera_engine::{AuthSecrets, EmailSettings};

use super::Reader;
use crate::config::{JwtSigning, SecretSetting, settings};

impl Reader {
    /// How something is done means nothing where it is not done at all.
    pub(super) fn each_with_what_it_is_for(
        &mut self,
        emails: &EmailSettings,
        delete_user: bool,
        delete_user_verification: bool,
    ) {
        use settings as s;
        let deletion = (delete_user_verification && !delete_user).then_some((
            &s::DELETE_USER_VERIFICATION,
            "is for deleting accounts: set TESSERA_DELETE_USER",
        ));
        let change = (emails.change_without_verification && !emails.change).then_some((
            &s::UPDATE_EMAIL_WITHOUT_VERIFICATION,
            "is for changing addresses: set TESSERA_CHANGE_EMAIL",
        ));
        let sign_in = (emails.send_on_sign_in && !emails.require_verification).then_some((
            &s::SEND_ON_SIGN_IN,
            "is for addresses that must be verified: set TESSERA_REQUIRE_EMAIL_VERIFICATION",
        ));
        for (setting, message) in [deletion, change, sign_in].into_iter().flatten() {
            self.refuse(setting, self.source(setting), message);
        }
    }

    /// Where nobody sends mail, nobody is asked to follow a link.
    pub(super) fn nothing_takes_a_link(
        &mut self,
        emails: &EmailSettings,
        delete_user_verification: bool,
    ) {
        use settings::{DELETE_USER_VERIFICATION, REQUIRE_EMAIL_VERIFICATION, SEND_ON_SIGN_UP};
        let required = emails.require_verification.then_some((
            &REQUIRE_EMAIL_VERIFICATION,
            "needs TESSERA_SMTP_URL: nobody could sign in",
        ));
        let deletion = delete_user_verification.then_some((
            &DELETE_USER_VERIFICATION,
            "needs TESSERA_SMTP_URL: nobody could delete their account",
        ));
        let asked = self.given.contains_key(SEND_ON_SIGN_UP.key);
        let sign_up = (asked && emails.send_on_sign_up)
            .then_some((&SEND_ON_SIGN_UP, "needs TESSERA_SMTP_URL: nothing could be mailed"));
        for (setting, message) in [required, sign_up, deletion].into_iter().flatten() {
            self.refuse(setting, self.source(setting), message);
        }
    }

    /// Shared secrets change by hand: a setting of key pairs would do nothing.
    pub(super) fn none_for_key_pairs(&mut self) {
        use settings as s;
        for setting in [&s::JWT_ROTATION_INTERVAL, &s::JWT_GRACE_PERIOD, &s::JWKS_MAX_AGE] {
            if self.given.contains_key(setting.key) {
                let message =
                    "is for key pairs: set TESSERA_JWT_ALGORITHM to EdDSA, ES256 or RS256";
                self.refuse(setting, self.source(setting), message);
            }
        }
    }

    /// Where a key pair signs, a shared secret would do nothing.
    pub(super) fn none_for_shared_secrets(&mut self, message: &str) {
        use settings as s;
        for setting in [&s::JWT_SECRET, &s::JWT_SECRET_FILE, &s::JWT_SECRETS, &s::JWT_SECRETS_FILE]
        {
            if self.given.contains_key(setting.key) {
                self.refuse(setting, self.source(setting), message);
            }
        }
    }

    /// The secrets of cookies are never what resource servers share.
    pub(super) fn distinct(&mut self, auth: &SecretSetting<AuthSecrets>, signing: &JwtSigning) {
        if let (SecretSetting::Given(auth), JwtSigning::Shared(SecretSetting::Given(jwt))) =
            (auth, signing)
            && auth.iter().any(|auth| jwt.iter().any(|jwt| jwt.expose() == auth.expose()))
        {
            let several = self.given.contains_key(settings::JWT_SECRETS.key);
            let setting = if several { &settings::JWT_SECRETS } else { &settings::JWT_SECRET };
            let message = "must differ from BETTER_AUTH_SECRET: whoever verifies tokens could \
                           forge session cookies";
            self.refuse(setting, self.source(setting), message);
        }
    }
}
