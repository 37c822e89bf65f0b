import ArgumentParser

/// The slot a command is about.
struct SlotOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Segment of the slot [default].", valueName: "segment")) var slot: String?
    @Option(help: "Environment of the slot [production].") var environment: String?
}
