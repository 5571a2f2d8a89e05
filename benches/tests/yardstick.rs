//! The engine and the yardstick rate a world to the same totals.

use didtron_benches::in_memory;
use didtron_world::Options;
use rust_decimal::Decimal;
use std::fs::File;

#[test]
fn both_rate_a_world_to_the_same_totals() {
    for seed in [1, 7, 20_260_601] {
        let world = tempfile::tempdir().unwrap();
        let written = didtron_world::write(&Options { calls: 20_000, seed, prefixes: 5000 }, world.path()).unwrap();
        let files = in_memory::call_files(world.path()).unwrap();

        let engine = in_memory::rate(&in_memory::catalog(world.path()).unwrap(), &files).unwrap();
        assert_eq!(engine.calls + engine.rejected, written.rows);
        assert!(engine.calls > 0 && engine.rejected > 0 && engine.revenue_micros > 0 && engine.cost_micros > 0);

        let yardstick = didtron_yardstick::Catalog::load(&world.path().join("catalog.toml")).unwrap();
        let mut totals = didtron_yardstick::Totals::default();
        let mut lines = Vec::new();
        for file in &files {
            let file_totals = didtron_yardstick::rate(&yardstick, File::open(file).unwrap(), &mut lines).unwrap();
            totals += file_totals;
        }
        let expected = didtron_yardstick::Totals {
            calls: engine.calls,
            rejected: engine.rejected,
            revenue: Decimal::from_i128_with_scale(engine.revenue_micros, 6),
            cost: Decimal::from_i128_with_scale(engine.cost_micros, 6),
        };
        assert_eq!(totals, expected, "seed {seed}");
        let line_count = lines.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(line_count as u64, engine.calls);
    }
}
