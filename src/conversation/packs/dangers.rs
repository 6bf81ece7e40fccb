//! What is dangerous in all packs together.

use super::Pack;
use super::bags::{Bags, Stems};

/// What is dangerous, as bags of words.
#[derive(Debug, Clone, Default)]
pub struct Dangers {
    /// The stems of all of them.
    pub stems: Stems,
    /// Gas.
    pub gas: Bags,
    /// Gas in more than one word: they may stand farther apart.
    pub gas_far: Bags,
    /// Wires.
    pub wires: Bags,
    /// A life at risk.
    pub life: Bags,
    /// Who cannot be without power or heat.
    pub frail: Bags,
    /// No power, no heat.
    pub lack: Bags,
    /// Water where it should not be.
    pub wet: Bags,
    /// What water must not reach.
    pub electrics: Bags,
}

impl Dangers {
    /// Of these packs.
    pub fn of<'a>(packs: impl Iterator<Item = &'a Pack> + Clone) -> Self {
        let mut stems = Stems::default();
        let mut bags = |field: fn(&Pack) -> &Vec<String>| Bags::of(packs.clone().map(|pack| (pack, field(pack))), &mut stems);
        let gas = bags(|p| &p.danger_gas);
        let (wires, life) = (bags(|p| &p.danger_wires), bags(|p| &p.danger_life));
        let (frail, lack) = (bags(|p| &p.frail), bags(|p| &p.lack));
        let (wet, electrics) = (bags(|p| &p.wet), bags(|p| &p.electrics));
        Self { gas_far: gas.of_several(), gas, wires, life, frail, lack, wet, electrics, stems }
    }
}
