package import ArgumentParser

/// The commands that need no server: formulas and readers, usable by themselves.
package enum ToolCommands {
    package static var all: [any ParsableCommand.Type] {
        [
            MeasureCommand.self, DriftCommand.self, ScoreCommand.self, ProfileCommand.self, CompareArmsCommand.self,
            PowerCommand.self, LatencyCommand.self,
        ]
    }
}
