//! N modems and the one network between them, PURE: what the pty shell drives in real time and the simulation in its own.

use std::collections::VecDeque;
use std::time::Duration;

use at_commands::Tick;

use super::brain::{Brain, Control, Input, Output};
use super::fault::{Actor, Fault};
use super::network::{Network, NetworkOptions};

/// All modems of a rig with their network.
#[derive(Debug)]
pub struct World {
    brains: Vec<Brain>,
    network: Network,
    out: VecDeque<WorldOutput>,
}

/// What happens to a rig.
#[derive(Debug)]
pub enum WorldInput<'a> {
    /// Octets typed into a modem.
    Bytes {
        /// Which modem.
        modem: usize,
        /// The octets.
        bytes: &'a [u8],
    },
    /// The person at the rig does something to a modem.
    Control {
        /// Which modem.
        modem: usize,
        /// What.
        control: Control,
    },
    /// The deadline of `poll_timeout` has come.
    Timer,
}

/// What a rig wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldOutput {
    /// Octets a modem prints.
    Transmit {
        /// Which modem.
        modem: usize,
        /// The octets.
        bytes: Vec<u8>,
    },
    /// The port of a modem goes away.
    Gone {
        /// Which modem.
        modem: usize,
        /// It comes back after this time.
        back: Option<Duration>,
    },
    /// A line for whoever watches.
    Log {
        /// Which modem.
        modem: usize,
        /// The line.
        words: String,
    },
}

impl World {
    /// These modems on one network.
    pub fn new(brains: Vec<Brain>, options: NetworkOptions) -> Self {
        let numbers = brains.iter().map(|brain| brain.card().number.clone()).collect();
        let mut world = Self { brains, network: Network::new(numbers, options), out: VecDeque::new() };
        world.settle(Tick::default());
        world
    }

    /// Takes one thing that happened. Never blocks, never fails.
    pub fn handle(&mut self, now: Tick, input: WorldInput<'_>) {
        self.network.advance(now);
        match input {
            WorldInput::Bytes { modem, bytes } => self.tell(now, modem, Input::Bytes(bytes)),
            WorldInput::Control { modem, control } => self.tell(now, modem, Input::Control(control)),
            WorldInput::Timer => {}
        }
        for modem in 0..self.brains.len() {
            self.tell(now, modem, Input::Timer);
        }
        self.settle(now);
    }

    /// Switches a fault on where it is acted out: in the modem or in the network.
    pub fn arm(&mut self, now: Tick, modem: usize, fault: Fault, times: u32) {
        match fault.actor() {
            Actor::Network => self.network.arm(modem, fault, times),
            Actor::Modem => self.handle(now, WorldInput::Control { modem, control: Control::Arm(fault, times) }),
        }
    }

    /// Switches one fault off where it is acted out.
    pub fn disarm(&mut self, now: Tick, modem: usize, fault: Fault) {
        match fault.actor() {
            Actor::Network => self.network.disarm(modem, &fault),
            Actor::Modem => self.handle(now, WorldInput::Control { modem, control: Control::Disarm(fault) }),
        }
    }

    /// Switches every fault of a modem off, in the modem and in the network.
    pub fn clear_faults(&mut self, now: Tick, modem: usize) {
        self.network.clear_faults(modem);
        self.handle(now, WorldInput::Control { modem, control: Control::ClearFaults });
    }

    /// Something is done to the network at `now`; what follows from it happens before this returns.
    pub fn with_network<T>(&mut self, now: Tick, act: impl FnOnce(&mut Network) -> T) -> T {
        self.network.advance(now);
        let result = act(&mut self.network);
        self.settle(now);
        result
    }

    /// The next thing the rig wants; drain to `None` after every call that takes `now`.
    pub fn poll_output(&mut self) -> Option<WorldOutput> {
        self.out.pop_front()
    }

    /// When something happens by itself next.
    pub fn poll_timeout(&self) -> Option<Tick> {
        self.brains.iter().filter_map(Brain::poll_timeout).chain(self.network.poll_timeout()).min()
    }

    /// The network: its ground truth, its phones.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The modems.
    pub fn brains(&self) -> &[Brain] {
        &self.brains
    }

    fn tell(&mut self, now: Tick, modem: usize, input: Input<'_>) {
        if let Some(brain) = self.brains.get_mut(modem) {
            brain.handle(now, input);
        }
    }

    /// Carries between modems and network until both are quiet.
    fn settle(&mut self, now: Tick) {
        loop {
            let mut quiet = true;
            for modem in 0..self.brains.len() {
                while let Some(output) = self.brains[modem].poll_output() {
                    quiet = false;
                    match output {
                        Output::Transmit(bytes) => self.out.push_back(WorldOutput::Transmit { modem, bytes }),
                        Output::Gone { back } => self.out.push_back(WorldOutput::Gone { modem, back }),
                        Output::Log(words) => self.out.push_back(WorldOutput::Log { modem, words }),
                        Output::ToNetwork(uplink) => self.network.uplink(now, modem, uplink),
                    }
                }
            }
            while let Some((modem, downlink)) = self.network.poll_output() {
                quiet = false;
                self.tell(now, modem, Input::Network(downlink));
            }
            if quiet {
                return;
            }
        }
    }
}
