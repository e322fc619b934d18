//! One running machine (or, in tier `os`, one confined process), from start to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use deskhand_wire::Request;

use crate::backend::{From, Vm, VmBackend, Way};
use crate::choice::template_for;
use crate::image::{Image, Places};
use crate::link::{Link, Outlets};
use crate::own::Own;
use crate::seal::Seal;
use crate::share::ShareServer;
use crate::template::{self, Template};
use crate::{SandboxError, Tier, agent, console, error::host, platform};

/// A restored machine answers at once.
const RESTORE: Duration = Duration::from_secs(20);

/// How long an agent that refuses may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A machine that answers.
pub(crate) struct Machine {
    pub link: Arc<Link>,
    vm: Box<dyn Vm>,
    origin: Origin,
    own: Own,
}

/// What a machine can be started from again.
enum Origin {
    Os,
    Vm {
        backend: Arc<dyn VmBackend>,
        image: Image,
        template: Template,
    },
}

/// A machine that takes no memory: its state is a file.
pub(crate) struct Suspended {
    backend: Arc<dyn VmBackend>,
    image: Image,
    template: Template,
    state: PathBuf,
    seal: Seal,
    own: Own,
}

/// What a machine is started with.
pub(crate) struct Start<'a> {
    pub places: &'a Places,
    pub tier: Tier,
    pub agent: Option<&'a std::path::Path>,
    pub share: &'a Arc<ShareServer>,
    pub outlets: &'a Outlets,
}

impl Machine {
    /// Starts a machine, making the template first where there is none.
    pub async fn start(with: Start<'_>) -> Result<Self, SandboxError> {
        Self::start_by(with, platform::ways).await
    }

    /// The same, with the ways of running machines that `ways` finds.
    async fn start_by(
        with: Start<'_>,
        ways: impl FnOnce() -> Result<Vec<Way>, SandboxError>,
    ) -> Result<Self, SandboxError> {
        platform::has_sandbox()?;
        let (path, agent) = agent::find(with.agent)?;
        match with.tier {
            Tier::Os => {
                let own = Own::new(with.places)?;
                let vm = platform::start_confined(&path, own.path())?;
                Self::greet(vm, own, Origin::Os, &with, RESTORE).await
            }
            Tier::Vm => {
                let image = with.places.built()?;
                let ways = ways()?;
                let (backend, template) = template_for(with.places, &ways, &image, &agent).await?;
                match Self::restore(&with, &backend, &image, &template).await {
                    Ok(machine) => Ok(machine),
                    // A template that does not start (cut off, damaged on disk) is made anew, once.
                    Err(SandboxError::Unavailable { why, hint }) => Err(SandboxError::Unavailable { why, hint }),
                    Err(_) => {
                        template.discard();
                        let (backend, template) = template_for(with.places, &ways, &image, &agent).await?;
                        Self::restore(&with, &backend, &image, &template).await
                    }
                }
            }
        }
    }

    async fn restore(
        with: &Start<'_>,
        backend: &Arc<dyn VmBackend>,
        image: &Image,
        template: &Template,
    ) -> Result<Self, SandboxError> {
        let own = Own::new(with.places)?;
        platform::copy_sparse(&template.scratch(), &own.path().join("scratch"))
            .map_err(|error| host("making the machine's disk", error))?;
        let spec = template.spec(image, own.path(), console::of_lost_machine(with.places));
        let vm = backend.start(&spec, &From::State(template.state())).await?;
        let origin = Origin::Vm {
            backend: backend.clone(),
            image: image.clone(),
            template: template.clone(),
        };
        Self::greet(vm, own, origin, with, RESTORE).await
    }

    async fn greet(
        mut vm: Box<dyn Vm>,
        own: Own,
        origin: Origin,
        with: &Start<'_>,
        within: Duration,
    ) -> Result<Self, SandboxError> {
        if let Some(process) = vm.process() {
            own.record(process)?;
        }
        let link = template::greet(vm.as_mut(), with.share.clone(), with.outlets.clone(), within).await;
        match link {
            Ok(link) => Ok(Self {
                link: Arc::new(link),
                vm,
                origin,
                own,
            }),
            Err(error) if matches!(origin, Origin::Os) => {
                // What the agent itself said explains more than a closed socket: it refuses where the kernel cannot
                // enforce.
                let how = tokio::time::timeout(LAST_WORDS, vm.gone()).await;
                vm.kill().await;
                Err(how.map_or(error, |how| SandboxError::Unavailable {
                    why: format!("this computer cannot keep commands apart by its own means ({how})"),
                    hint: "Use the virtual machine: `deskhand sandbox status` says what it lacks. File tools work without either."
                        .to_owned(),
                }))
            }
            Err(error) => {
                vm.kill().await;
                Err(error)
            }
        }
    }

    /// What it runs on, for people: `qemu 7.2.22 tcg`, or the tier.
    pub fn described(&self) -> String {
        match &self.origin {
            Origin::Os => Tier::Os.as_str().to_owned(),
            Origin::Vm { backend, .. } => backend.identity(),
        }
    }

    /// The process that is the machine.
    pub fn process(&self) -> Option<u32> {
        self.vm.process()
    }

    /// Ends it.
    pub async fn end(mut self) {
        self.vm.kill().await;
    }

    /// Puts it away into a file. Only while nothing runs in it.
    pub async fn suspend(mut self) -> Result<Suspended, SandboxError> {
        let Origin::Vm {
            backend,
            image,
            template,
        } = self.origin
        else {
            self.vm.kill().await;
            return Err(SandboxError::Refused("a process cannot be put away".to_owned()));
        };
        self.link.ask(&Request::Freeze).await?;
        drop(self.link);
        let state = self.own.path().join("state");
        self.vm.save(&state).await?;
        let seal = Seal::of(&state, &self.own.path().join("scratch")).await?;
        Ok(Suspended {
            backend,
            image,
            template,
            state,
            seal,
            own: self.own,
        })
    }
}

#[cfg(test)]
impl Machine {
    /// One that is played: it cannot be put away.
    pub fn played(link: Link, vm: Box<dyn Vm>, own: Own) -> Self {
        Self {
            link: Arc::new(link),
            vm,
            origin: Origin::Os,
            own,
        }
    }
}

#[cfg(test)]
impl Suspended {
    /// One whose files are these, and whose program there is not.
    pub fn played(own: Own, seal: Seal) -> Self {
        Self {
            backend: Arc::new(crate::qemu::QemuBackend {
                qemu: crate::qemu::Qemu {
                    program: own.path().join("no-program"),
                    version: "played".to_owned(),
                },
                acceleration: crate::qemu::Acceleration::Tcg,
            }),
            image: Image {
                layer: crate::image::Layer::Base,
                folder: own.path().to_owned(),
                key: "played".to_owned(),
                kernel: "played".to_owned(),
                bytes: 0,
                current: true,
            },
            template: Template {
                folder: own.path().to_owned(),
            },
            state: own.path().join("state"),
            seal,
            own,
        }
    }
}

impl Suspended {
    /// Takes it up again.
    pub async fn resume(self, with: &Start<'_>) -> Result<Machine, SandboxError> {
        let console = console::of_lost_machine(with.places);
        let spec = self.template.spec(&self.image, self.own.path(), console);
        self.seal.check(&self.state, &spec.scratch).await?;
        let vm = self.backend.start(&spec, &From::State(self.state.clone())).await?;
        let origin = Origin::Vm {
            backend: self.backend,
            image: self.image,
            template: self.template,
        };
        let machine = Machine::greet(vm, self.own, origin, with, RESTORE).await?;
        let _ = std::fs::remove_file(&self.state);
        Ok(machine)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
