//! The hardware rung: a real daemon on a real modem. The customer is the SIM itself, or a second modem beside it. It costs
//! texts, so it plays only when somebody names a port.

use std::path::{Path, PathBuf};
use std::time::Duration;

use answerback::time::{Clock as _, SystemClock};
use at_commands::Tick;
use tokio::runtime::Runtime;

use super::fits::Rung;
use super::judge::Facts;
use super::play::Stage;
use super::script::{Deed, Rig, Scenario, Subject};
use super::second_phone::SecondPhone;
use super::site::{Plan, Site};
use super::world;

/// Names the tty of a modem; two, with a comma between them, make the second one the customer's phone.
pub const PORT: &str = "ANSWERBACK_HIL_PORT";
/// The numbers of their SIMs, in the same order.
pub const NUMBER: &str = "ANSWERBACK_HIL_NUMBER";

/// Which hardware there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The box's modem.
    pub port: PathBuf,
    /// The number of its SIM.
    pub number: String,
    /// The customer's phone: a second modem and the number of its SIM.
    pub second: Option<(PathBuf, String)>,
}

impl Wish {
    /// Reads the two variables; an error says why the rung is skipped, or what is wrong with them.
    pub fn from(port: Option<&str>, number: Option<&str>) -> Result<Self, String> {
        let Some(port) = port.filter(|port| !port.trim().is_empty()) else {
            return Err(format!("{PORT} is not set: name the tty of a modem that may send texts, for example {PORT}=/dev/ttyUSB2"));
        };
        let Some(number) = number.filter(|number| !number.trim().is_empty()) else {
            return Err(format!(
                "{NUMBER} is not set: the scenario texts the SIM in {port}, write its number, for example {NUMBER}=+15550100200"
            ));
        };
        let pieces =
            |text: &str| text.split(',').map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect::<Vec<_>>();
        match (pieces(port).as_slice(), pieces(number).as_slice()) {
            ([port], [number]) => Ok(Self { port: port.into(), number: number.clone(), second: None }),
            ([port, second], [number, its_number]) => {
                Ok(Self { port: port.into(), number: number.clone(), second: Some((second.into(), its_number.clone())) })
            }
            (ports, numbers) => Err(format!(
                "{PORT} names {} ports and {NUMBER} {} numbers: write one number for each port, one or two of them",
                ports.len(),
                numbers.len()
            )),
        }
    }

    /// The rung it makes.
    pub fn rung(&self) -> Rung {
        Rung::Hardware { second: self.second.is_some() }
    }
}

/// A box with a real modem.
pub struct Hardware {
    // The daemon goes before the runtime.
    site: Site,
    phone: Option<SecondPhone>,
    runtime: Runtime,
    wish: Wish,
    began: Tick,
    /// Texts that lay in the phone before the scene began.
    old: usize,
}

/// A text takes seconds on air, and a report may take a minute.
const PATIENCE: Duration = Duration::from_mins(3);
const POLL: Duration = Duration::from_millis(500);

impl Hardware {
    /// Sets the scenario's stage; `program` is the program `scenario`.
    pub fn build(scenario: &Scenario, program: &Path, wish: Wish) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let (site, phone) = runtime.block_on(set(scenario, program, &wish))?;
        let mut stage = Self { site, phone, runtime, wish, began: SystemClock.tick(), old: 0 };
        stage.old = stage.shown()?.len();
        Ok(stage)
    }

    /// Every text on the customer's phone.
    fn shown(&self) -> Result<Vec<String>, String> {
        match &self.phone {
            Some(phone) => self.runtime.block_on(phone.texts()),
            // The SIM itself: what it received stands in the box's own thread with that number.
            None => match self.runtime.block_on(self.site.inbox(&self.wish.number))? {
                Facts::Texts(texts) => Ok(texts),
                other => Err(format!("the box shows {other:?}")),
            },
        }
    }

    fn customer(&self) -> String {
        self.wish.second.as_ref().map_or_else(|| self.wish.number.clone(), |(_, number)| number.clone())
    }
}

async fn set(scenario: &Scenario, program: &Path, wish: &Wish) -> Result<(Site, Option<SecondPhone>), String> {
    let folder = tempfile::Builder::new().prefix("scenario-").tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let phone = match &wish.second {
        Some((port, _)) => Some(SecondPhone::start(port.clone(), folder.path()).await?),
        None => None,
    };
    let ports = [wish.port.clone()];
    let site = Site::build(Plan { folder, program, times: "product", ports: &ports, scan: None, scenario }).await?;
    Ok((site, phone))
}

impl Stage for Hardware {
    fn now(&self) -> Duration {
        SystemClock.tick().since(self.began)
    }

    fn act(&mut self, deed: &Deed) -> Result<String, String> {
        let customer = self.customer();
        let Self { site, phone, runtime, wish, .. } = self;
        runtime.block_on(async {
            match (deed, phone) {
                (Deed::Send(send), _) => site.send(send, &customer).await,
                (Deed::Ask(ask), _) => site.ask(ask, Some(&customer)).await,
                (Deed::Event(event), _) => site.event(event).await,
                (Deed::Rig(Rig::Text { text, times, .. }), Some(phone)) => {
                    let shown = phone.texts().await?;
                    for text in world::texts(text, *times, shown.last().map(String::as_str))? {
                        phone.send(&wish.number, &text).await?;
                    }
                    Ok(String::new())
                }
                (Deed::Power(power), _) => site.power(*power).await,
                (Deed::Billing(mood), _) => {
                    site.billing(*mood);
                    Ok(String::new())
                }
                (Deed::Resolve(resolve), _) => site.resolve(resolve).await,
                (Deed::Rig(_) | Deed::Unplug(_) | Deed::Plug(_) | Deed::Pin(_), _) => Err("this hardware cannot do that".to_owned()),
            }
        })
    }

    fn see(&mut self, subject: &Subject) -> Result<Facts, String> {
        match subject {
            Subject::Phone(_) => Ok(Facts::Texts(self.shown()?.split_off(self.old))),
            Subject::Inbox(_) => self.runtime.block_on(self.site.inbox(&self.customer())),
            Subject::Message(look) => self.runtime.block_on(self.site.message(&look.name)),
            Subject::Session(look) => self.runtime.block_on(self.site.session(&look.name)),
            Subject::Billing(_) => Ok(self.site.books()),
            Subject::Modem(look) => self.runtime.block_on(self.site.modem(look.modem, None, None)),
            Subject::Struck(_) => Err("real hardware does not tell which fault was met".to_owned()),
            Subject::Network(_) => Err("only the operator knows what the network took".to_owned()),
        }
    }

    fn pass(&mut self, at_most: Duration) {
        // A timer is made inside the runtime.
        self.runtime.block_on(async { tokio::time::sleep(at_most.min(POLL)).await });
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn last_words(&mut self) -> String {
        self.site.last_words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_variables_say_which_hardware_there_is() {
        let wish = |port, number| Wish::from(port, number);
        let one = Wish { port: "/dev/ttyUSB2".into(), number: "+1555".into(), second: None };
        assert_eq!(wish(Some("/dev/ttyUSB2"), Some("+1555")), Ok(one.clone()));
        let two = Wish { second: Some(("/dev/ttyUSB5".into(), "+1556".into())), ..one };
        assert_eq!(wish(Some("/dev/ttyUSB2, /dev/ttyUSB5"), Some("+1555,+1556")), Ok(two));
        let check = |port, number, words: &str| {
            let said = wish(port, number).expect_err("it is refused");
            assert!(said.contains(words), "{said}");
        };
        check(None, None, "ANSWERBACK_HIL_PORT is not set");
        check(Some(" "), Some("+1"), "ANSWERBACK_HIL_PORT is not set");
        check(Some("/dev/ttyUSB2"), None, "ANSWERBACK_HIL_NUMBER is not set");
        check(Some("a,b"), Some("+1"), "names 2 ports and ANSWERBACK_HIL_NUMBER 1 numbers");
        check(Some("a,b,c"), Some("+1,+2,+3"), "names 3 ports");
    }
}
