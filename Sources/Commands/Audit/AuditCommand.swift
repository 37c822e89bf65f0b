import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Every decision, in a log that shows any change.",
        subcommands: [
            Log.self,
            Why.self,
            Export.self,
            Evidence.self,
            Erase.self,
            Verify.self,
            Receipt.self,
            Checkpoint.self,
            Key.self,
            RotateKey.self,
            Recover.self,
            Mirrors.self,
            Mirror.self,
            MirrorDDL.self,
        ])
}
