/// Names for what was not given one: two words and a number, the same for the same identifier.
enum GeneratedName {
    private static let adjectives = [
        "able", "amber", "ample", "autumn", "azure", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid", "careful",
        "cheerful", "clear", "clever", "copper", "cosy", "crisp", "curious", "daring", "dapper", "eager", "early", "earnest",
        "even", "fair", "famous", "fluent", "fond", "frank", "gentle", "glad", "golden", "grand", "handy", "hardy", "honest",
        "humble", "jolly", "keen", "kind", "lively", "lucid", "lucky", "mellow", "merry", "mild", "modest", "neat", "nimble",
        "noble", "patient", "placid", "polite", "proud", "quick", "quiet", "ready", "robust", "rustic", "serene", "sharp",
        "silver", "sincere", "smooth", "steady", "sunny", "swift", "tidy", "upbeat", "vivid", "warm", "wise", "witty", "zesty",
    ]
    private static let nouns = [
        "acorn", "alder", "anchor", "aspen", "badger", "barley", "basin", "beacon", "birch", "bridge", "brook", "canyon", "cedar",
        "cliff", "clover", "comet", "coral", "cove", "crane", "creek", "dune", "ember", "falcon", "fern", "fjord", "forest",
        "garnet", "glacier", "grove", "harbor", "hazel", "heron", "hill", "island", "ivy", "jasper", "lagoon", "lake", "lantern",
        "larch", "lark", "maple", "marsh", "meadow", "mesa", "moss", "nettle", "oak", "orchard", "osprey", "otter", "pebble",
        "pine", "plover", "prairie", "quartz", "raven", "reef", "ridge", "river", "robin", "rowan", "sage", "shore", "sparrow",
        "spruce", "stone", "summit", "swallow", "thicket", "thistle", "tundra", "valley", "willow", "wren",
    ]

    static func name(for id: String) -> String {
        // FNV-1a: spreads neighbouring identifiers over the lists.
        let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        let adjective = adjectives[Int(hash % UInt64(adjectives.count))]
        let noun = nouns[Int((hash >> 16) % UInt64(nouns.count))]
        return "\(adjective)-\(noun)-\((hash >> 40) % 1000)"
    }
}
