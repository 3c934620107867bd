//! What an examination has done so far, step by step.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acts::{Act, Step, Want, Who};

/// The steps of one behaviour, in order. Its copies write in the same list.
#[derive(Clone, Default)]
pub struct Steps(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    steps: Vec<Step>,
    /// The address of each client that has a name, and how a report writes it.
    names: Vec<(SocketAddr, String)>,
}

impl Steps {
    /// Notes a step that is about to be taken.
    pub fn take(&self, who: Who, act: Act) {
        let act = match act {
            Act::Receive(Want::Exactly(bytes)) => {
                Act::Receive(Want::Exactly(self.with_names(&bytes)))
            }
            act => act,
        };
        self.lock().steps.push(Step { who, act });
    }

    /// All steps taken.
    pub fn taken(&self) -> Vec<Step> {
        self.lock().steps.clone()
    }

    /// Notes the address of a client. Only a client with a name has to be told from others.
    pub(crate) fn name(&self, who: &Who, address: SocketAddr) {
        if let Who::Client(Some(name)) = who {
            self.lock().names.push((address, format!("IP:PORT({name})")));
        }
    }

    /// `bytes` with the names of clients instead of their addresses, which are others each time.
    pub(crate) fn with_names(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (address, name) in &self.lock().names {
            let address = address.to_string();
            while let Some(at) = bytes.windows(address.len()).position(|b| b == address.as_bytes())
            {
                bytes.splice(at..at + address.len(), name.bytes());
            }
        }
        bytes
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
