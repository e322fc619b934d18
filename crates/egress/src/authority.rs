//! Our own certificate authority: made anew for each process, in memory alone, trusted by the sandbox alone.
//!
//! With it the inside of TLS is seen, so that rules on methods, paths and headers hold for https too. Its key never
//! leaves this process; who has the certificate without the key can do nothing with it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::{EgressError, Result};
use crate::host::Host;

/// Hosts whose certificates are kept.
const KEPT: usize = 256;
/// A machine that was saved and started again may be behind with its clock.
const BEFORE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Some clients refuse certificates that are valid for more than 398 days.
const AFTER: Duration = Duration::from_secs(360 * 24 * 3600);

/// Issues certificates for the hosts that programs speak to.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
    now: SystemTime,
    provider: Arc<CryptoProvider>,
    issued: Mutex<Issued>,
}

#[derive(Default)]
struct Issued {
    configs: HashMap<Host, Arc<ServerConfig>>,
    order: VecDeque<Host>,
}

impl Authority {
    /// Makes a new authority, whose certificates are valid around `now`.
    pub(crate) fn new(now: SystemTime, provider: Arc<CryptoProvider>) -> Result<Self> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = params("Deskhand (this computer's sandbox only)", Vec::new(), now)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(failed)?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate,
            now,
            provider,
            issued: Mutex::default(),
        })
    }

    /// The certificate in PEM.
    pub(crate) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// How to speak TLS as `host`: HTTP/1.1, nothing resumed.
    pub(crate) fn config(&self, host: &Host) -> Result<Arc<ServerConfig>> {
        if let Some(config) = self.lock().configs.get(host) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.issue(host)?);
        let mut issued = self.lock();
        if issued.configs.insert(host.clone(), Arc::clone(&config)).is_none() {
            issued.order.push_back(host.clone());
        }
        if issued.order.len() > KEPT
            && let Some(oldest) = issued.order.pop_front()
        {
            issued.configs.remove(&oldest);
        }
        Ok(config)
    }

    fn issue(&self, host: &Host) -> Result<ServerConfig> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = params("Deskhand", vec![host.as_str().to_owned()], self.now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Without it, OpenSSL's strict checks (Python 3.13 and later) refuse the certificate.
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key)
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Issued> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn params(name: &str, hosts: Vec<String>, now: SystemTime) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(hosts).map_err(failed)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now.checked_sub(BEFORE).unwrap_or(now).into();
    params.not_after = now.checked_add(AFTER).unwrap_or(now).into();
    Ok(params)
}

fn failed(error: impl std::fmt::Display) -> EgressError {
    EgressError::Certificate {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> Authority {
        Authority::new(SystemTime::now(), Arc::new(rustls::crypto::ring::default_provider())).unwrap()
    }

    #[test]
    fn certificates_are_kept_and_their_number_is_bounded() {
        let authority = authority();
        let host = |number: usize| Host::parse(&format!("h{number}.example.com")).unwrap();
        let first = authority.config(&host(0)).unwrap();
        assert!(Arc::ptr_eq(&first, &authority.config(&host(0)).unwrap()));
        for number in 1..=KEPT {
            authority.config(&host(number)).unwrap();
        }
        assert_eq!(authority.lock().configs.len(), KEPT);
        assert!(!Arc::ptr_eq(&first, &authority.config(&host(0)).unwrap()));
    }

    #[test]
    fn each_authority_has_its_own_key() {
        assert_ne!(authority().pem(), authority().pem());
    }

    #[test]
    fn odd_clocks_do_not_matter() {
        for now in [
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 35),
        ] {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let authority = Authority::new(now, provider).unwrap();
            authority.config(&Host::parse("a.example").unwrap()).unwrap();
        }
    }
}
