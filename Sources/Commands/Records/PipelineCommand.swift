import ArgumentParser
import GatehouseCore
import WireAPI

struct PipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "What feature pipelines deliver, as schemas.",
        subcommands: [Add.self, List.self, Show.self, Activate.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a schema as the next version of a pipeline; the first is in production at once.",
            discussion: """
                gatehouse pipeline add credit-features schema.json

                The file is a list: [{"name": "age", "type": "long", "required": true}, …]
                """)

        @Argument(help: "Name of the pipeline.") var name: String
        @Argument(help: "The schema, JSON.") var file: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let schema = try JSONParser.parse(PolicyFile.text(file))
            let answer: PipelineAnswer = try await client.client().post(
                ["pipelines", name, "versions"], AddPipelineCall(schema: schema))
            try client.show(answer) { $0.out(PipelineCommand.line(answer)) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List pipelines with the versions in production.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let items: [PipelineAnswer] = try await client.client().all(["pipelines"])
            try client.show(PageAnswer(items: items)) { terminal in
                for item in items { terminal.out(PipelineCommand.line(item)) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a pipeline's schema: name, or name@version.")

        @Argument(help: "The pipeline.") var pipeline: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PipelineAnswer = try await client.client().get(["pipelines", pipeline])
            try client.show(answer) { terminal in
                terminal.out(PipelineCommand.line(answer))
                var table = TextTable([("COLUMN", .left), ("TYPE", .left), ("REQUIRED", .left)])
                for column in answer.schema.arrayValue ?? [] {
                    table.add([
                        column["name"]?.stringValue ?? "", column["type"]?.stringValue ?? "",
                        column["required"]?.boolValue == false ? "no" : "yes",
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Activate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Say which version of a pipeline is in production.")

        @Argument(help: "Name of the pipeline.") var name: String
        @Argument(help: "Number of the version.") var version: Int64
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: PipelineAnswer = try await client.client().post(
                ["pipelines", name, "versions", String(version), "activate"], JSONValue.object([:]))
            try client.show(answer) { $0.out(PipelineCommand.line(answer)) }
        }
    }

    fileprivate static func line(_ pipeline: PipelineAnswer) -> String {
        let columns = pipeline.schema.arrayValue?.count ?? 0
        return
            "\(pipeline.name)@\(pipeline.version): \(columns) columns, \(pipeline.inProduction ? "in production" : "not in production")"
    }
}
