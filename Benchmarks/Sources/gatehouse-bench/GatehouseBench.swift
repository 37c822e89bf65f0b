import ArgumentParser

/// One computation per process, on arrays that are in memory before the clock starts.
@main
struct GatehouseBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-bench",
        abstract: "Runs one computation of Gatehouse on raw arrays and prints its time, its memory and its result as JSON.",
        discussion: "Arrays are little-endian files as numpy's tofile writes them: u8 labels, f64 scores, i32 codes.",
        subcommands: [
            AUCBench.self, GroupsBench.self, BootstrapBench.self, PSIBench.self, ScoreBench.self, CSVBench.self,
        ])
}
