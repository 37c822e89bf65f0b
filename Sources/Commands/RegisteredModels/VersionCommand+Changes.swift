import ArgumentParser
import GatehouseCore
import WireAPI

extension VersionCommand {
    struct StageVersion: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stage", abstract: "Move a version to another stage.",
            discussion: "gatehouse version stage credit-risk 1 archived --reason \"superseded by v3\"")

        @OptionGroup var version: VersionArguments
        @Argument(help: "None, Staging, Production or Archived.") var stage: String
        @Option(help: "Why, for the record.") var reason: String?
        @Option(help: ArgumentHelp("Refuse when the version is not in this stage any more.", valueName: "stage"))
        var expectedStage: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let call = TransitionCall(to: try Stage(parsing: stage).rawValue, reason: reason, expectedStage: expectedStage)
            let answer: TransitionAnswer = try await client.client().post(version.path + ["transitions"], call)
            try client.show(answer) { terminal in
                terminal.out("\(answer.modelName) v\(answer.version): \(answer.from) → \(answer.to)")
                for other in answer.displaced { terminal.out("  v\(other) is archived") }
                for warning in answer.warnings { terminal.note("  note: \(warning)") }
            }
        }
    }

    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Set a tag of a version.")

        @OptionGroup var version: VersionArguments
        @Argument(help: "Key of the tag.") var key: String
        @Argument(help: "Its value.") var value: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: VersionAnswer = try await client.client().put(version.path + ["tags", key], SetTagCall(value: value))
            try client.show(answer) { $0.out("\(key) = \(value)") }
        }
    }

    struct Untag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a tag away.")

        @OptionGroup var version: VersionArguments
        @Argument(help: "Key of the tag.") var key: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(version.path + ["tags", key])
            try client.show(JSONValue.object(["deleted": .string(key)])) { $0.out("deleted the tag \(key)") }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Hide a version. Its number and its record stay; what was in production cannot be deleted before its retention ends."
        )

        @OptionGroup var version: VersionArguments
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(version.path)
            try client.show(JSONValue.object(["deleted": .integer(version.version)])) { terminal in
                terminal.out("deleted \(version.name) v\(version.version)")
            }
        }
    }
}
