//! `answerback config`: one file for everything, on this box and the next.

use super::{Box_, CONFIG, check};

#[test]
fn a_configuration_is_imported_as_a_whole_and_exported_again() {
    let place = Box_::new();
    let daemon = place.daemon();
    let right = place.write("box.toml", CONFIG);
    assert!(place.run(&["config", "import", &right]).status.success());
    let exported = place.run(&["config", "export", "--secrets"]);
    let text = String::from_utf8_lossy(&exported.stdout).into_owned();
    assert!(text.contains("utility = \"City Power\"") && text.contains("whsec_"), "{text}");
    let again = place.write("again.toml", &text);
    assert!(place.run(&["config", "import", &again]).status.success(), "what was exported can be imported");
    let sims = format!(
        "{CONFIG}[[lane]]\nname = \"alarm\"\ncategory = \"alarm\"\nrank = 2\npolicy = \"alarm\"\nsims = [\"893800A\", \"893800B\"]\n\
         [settings.sim_by_prefix]\n\"+38067\" = \"893800K\"\n\"+38\" = \"893800U\"\n"
    );
    assert!(place.run(&["config", "import", &place.write("sims.toml", &sims)]).status.success());
    let exported = String::from_utf8_lossy(&place.run(&["config", "export", "--secrets"]).stdout).into_owned();
    let read: toml::Table = exported.parse().expect("TOML");
    let lanes = read["lane"].as_array().expect("lanes");
    let alarm = lanes.iter().find(|lane| lane["name"].as_str() == Some("alarm")).expect("the lane");
    assert_eq!(alarm["sims"].to_string(), "[\"893800A\", \"893800B\"]");
    assert_eq!(read["settings"]["sim_by_prefix"]["+38067"].as_str(), Some("893800K"));
    let other = Box_::new();
    let second = other.daemon();
    assert!(other.run(&["config", "import", &other.write("sims.toml", &exported)]).status.success());
    let there = String::from_utf8_lossy(&other.run(&["config", "export", "--secrets"]).stdout).into_owned();
    assert_eq!(there.parse::<toml::Table>().expect("TOML")["settings"], read["settings"], "every setting reaches the other box");
    assert_eq!(there.parse::<toml::Table>().expect("TOML")["lane"], read["lane"]);
    assert!(second.stop());
    for (from, to, words) in [
        ("country = \"US\"", "country = \"Ruritania\"", "wrong.toml:3: settings.country: `Ruritania` is not known"),
        ("utility =", "utilty =", "wrong.toml:2: settings.utilty: unknown field"),
        ("private = true", "privat = true", "wrong.toml:8: endpoint[0].privat: unknown field"),
        ("url = \"https", "url = \"ftp", "wrong.toml:12: webhook[0].url: `ftp` is not http or https"),
        ("[[webhook]]", "[[webhoks]]", "wrong.toml:10: webhoks: unknown field"),
        ("[settings]", "[settings", "wrong.toml:1: "),
        ("[[webhook]]", "[[flow]]\nfile = \"none.flow.toml\"\n[[webhook]]", "wrong.toml:11: flow[0].file: "),
    ] {
        let wrong = place.write("wrong.toml", &CONFIG.replacen(from, to, 1));
        check(&place.run(&["config", "import", &wrong]), 78, words);
    }
    check(&place.run(&["config", "import", &place.path("none.toml")]), 78, "none.toml: cannot be read");
    assert!(daemon.stop());
}
