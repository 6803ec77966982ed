//! What is mailed, when, and how.

use std::net::SocketAddr;

use tessera_engine::EmailSettings;
use tessera_http::BaseUrl;
use tessera_mail::SmtpUrl;

use super::Reader;
use crate::config::show::Shown;
use crate::config::sources::{Given, Source};
use crate::config::{MailConfig, settings, values};
use crate::dev_mail::is_loopback_authority;

impl Reader {
    pub(super) fn emails(&mut self) -> Option<EmailSettings> {
        use settings as s;
        let mut switch = |setting| self.value(setting, values::switch);
        let change = switch(&s::CHANGE_EMAIL);
        let change_without_verification = switch(&s::UPDATE_EMAIL_WITHOUT_VERIFICATION);
        let auto_sign_in = switch(&s::AUTO_SIGN_IN);
        let require_verification = switch(&s::REQUIRE_EMAIL_VERIFICATION);
        let as_required = require_verification.map(|on| if on { "on" } else { "off" }.to_owned());
        let send_on_sign_up = self.value_or(&s::SEND_ON_SIGN_UP, values::switch, as_required);
        let mut switch = |setting| self.value(setting, values::switch);
        let send_on_sign_in = switch(&s::SEND_ON_SIGN_IN);
        let sign_in_after_verification = switch(&s::AUTO_SIGN_IN_AFTER_VERIFICATION);
        let revoke_sessions_on_password_reset = switch(&s::REVOKE_SESSIONS_ON_PASSWORD_RESET);
        Some(EmailSettings {
            auto_sign_in: auto_sign_in?,
            require_verification: require_verification?,
            send_on_sign_up: send_on_sign_up?,
            send_on_sign_in: send_on_sign_in?,
            sign_in_after_verification: sign_in_after_verification?,
            revoke_sessions_on_password_reset: revoke_sessions_on_password_reset?,
            change: change?,
            change_without_verification: change_without_verification?,
        })
    }

    /// The mail server, if there is one. The outer `None` when there is a problem.
    pub(super) fn smtp(&mut self) -> Option<Option<MailConfig>> {
        use settings::{SMTP_FROM, SMTP_URL, SMTP_URL_FILE};
        let from = match self.given.contains_key(SMTP_FROM.key) {
            true => Some(self.value(&SMTP_FROM, values::sender)),
            false => None,
        };
        let Some(Given { text, source }) = self.secret_text(&SMTP_URL, &SMTP_URL_FILE)? else {
            if from.is_some() {
                let message = "means nothing without TESSERA_SMTP_URL";
                self.refuse(&SMTP_FROM, self.source(&SMTP_FROM), message);
            }
            return Some(None);
        };
        let url = match SmtpUrl::parse(&text) {
            Ok(url) => url,
            Err(error) => {
                self.refuse(&SMTP_URL, source, error.to_string());
                return None;
            }
        };
        self.shown.push(Shown::redacted(&SMTP_URL, source));
        if from.is_none() {
            self.refuse(&SMTP_FROM, Source::Default, "must be set beside TESSERA_SMTP_URL");
        }
        Some(Some(MailConfig::Smtp { url, from: from?? }))
    }

    /// Where mail goes. The mailbox on this machine is nobody's whom others reach: whoever reads it
    /// can take over every account.
    pub(super) fn mail(
        &mut self,
        smtp: Option<MailConfig>,
        is_of_this_machine: bool,
    ) -> Option<MailConfig> {
        use settings::DEV_MAILBOX;
        let possible = smtp.is_none() && is_of_this_machine;
        let derived = if possible { "on" } else { "off" }.to_owned();
        let mailbox = self.value_or(&DEV_MAILBOX, values::switch, Some(derived))?;
        if mailbox && !possible {
            let message = "is for developers: without TESSERA_SMTP_URL, and with a HOST and a \
                           BETTER_AUTH_URL that only this machine reaches";
            self.refuse(&DEV_MAILBOX, self.source(&DEV_MAILBOX), message);
        }
        Some(match smtp {
            Some(smtp) => smtp,
            None if mailbox => MailConfig::DevMailbox,
            None => MailConfig::Nowhere,
        })
    }
}

/// Whether neither the listener nor the base URL is for anybody else: behind a proxy on the same
/// machine, only the one is on loopback.
pub(super) fn is_of_this_machine(listen: SocketAddr, base_url: &BaseUrl) -> bool {
    let origin = base_url.origin_text();
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    listen.ip().is_loopback() && is_loopback_authority(authority)
}
