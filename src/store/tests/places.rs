//! Stays of modems at cells.

use crate::store::{Error, Paging, Spot, Store};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_unix_ms(1_795_000_000_000);

#[test]
fn the_oldest_stays_of_a_modem_go_and_no_others() {
    let mut store = Store::in_memory().expect("a store");
    let spot = |cell| Spot { cell: Some(cell), area: Some(u64::MAX), registration: 1, ..Spot::default() };
    let fill = |tx: &mut crate::store::Tx<'_>| {
        tx.insert_place("south", &spot(0), NOW)?;
        for cell in 1..=510 {
            tx.insert_place("north", &spot(cell), NOW)?;
        }
        tx.rename_places("north", "east")
    };
    store.transact::<_, Error>(fill).expect("rows");
    let places = |modem: &str| store.read(|reader| reader.places(modem, Paging::newest(500))).expect("readable").items;
    let (south, east) = (places("south"), places("east"));
    assert_eq!((south.len(), east.len(), places("north").len()), (1, 500, 0));
    assert_eq!(east.iter().map(|place| place.spot.cell).collect::<Vec<_>>(), (11..=510).rev().map(Some).collect::<Vec<_>>());
    assert_eq!(east[0].spot.area, Some(u64::MAX), "whatever a modem prints comes back");
}
