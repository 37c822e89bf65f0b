import ArgumentParser
import GatehouseCore
import Gates
import WireAPI

struct EndpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoint", abstract: "Names under which models are served, and from where.",
        discussion: "docs/serving.md has the file's keys.",
        subcommands: [Apply.self, Check.self, List.self, Show.self, Remove.self])

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make or change an endpoint from a file.",
            discussion: """
                gatehouse endpoint apply credit.yaml

                  endpoint: credit
                  model: credit-risk
                  upstream: http://scoring:8080/{version}
                  unit: {header: x-customer}
                """)

        @Argument(help: "The endpoint, YAML.") var file: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let endpoint = try EndpointCommand.read(file)
            let answer: EndpointAnswer = try await client.client().put(
                ["serving", "endpoints", endpoint.name], endpoint.call)
            try client.show(answer) { EndpointCommand.show(answer, on: $0) }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check an endpoint's file without a server.")

        @Argument(help: "The endpoint, YAML.") var file: String

        func run() throws {
            let endpoint = try EndpointCommand.read(file)
            Terminal.process().out("\(file): the endpoint '\(endpoint.name)' of \(endpoint.model)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List endpoints and what answers there.", aliases: ["ls"])

        @OptionGroup var client: ClientOptions

        func run() async throws {
            let found: PageAnswer<EndpointAnswer> = try await client.client().get(["serving", "endpoints"])
            try client.show(found) { terminal in
                if found.items.isEmpty { terminal.note("no endpoints: gatehouse endpoint apply FILE") }
                var table = TextTable([
                    ("ENDPOINT", .left), ("MODEL", .left), ("ENVIRONMENT", .left), ("CHAMPIONS", .left), ("UPSTREAM", .left),
                ])
                for item in found.items {
                    let champions = item.routes.filter { $0.role == "champion" }.map { "\($0.segment) v\($0.version)" }
                    table.add([
                        item.name, item.settings.model, item.settings.environment ?? "",
                        champions.isEmpty ? "none" : champions.joined(separator: ", "), item.settings.upstream,
                    ])
                }
                terminal.show(table)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an endpoint and its routes.")

        @Argument(help: "Name of the endpoint.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            let answer: EndpointAnswer = try await client.client().get(["serving", "endpoints", name])
            try client.show(answer) { EndpointCommand.show(answer, on: $0) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an endpoint away; gateways then answer 404 under its name.")

        @Argument(help: "Name of the endpoint.") var name: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.client().delete(["serving", "endpoints", name])
            try client.show(["name": name]) { $0.note("\(name) is removed") }
        }
    }

    fileprivate static func read(_ file: String) throws -> EndpointFile {
        let yaml = try PolicyFile.text(file)
        do { return try EndpointFile.parse(yaml, file: file) } catch { throw error.error }
    }

    fileprivate static func show(_ answer: EndpointAnswer, on terminal: Terminal) {
        let settings = answer.settings
        terminal.out("\(answer.name): \(settings.model) in \(settings.environment ?? ""), \(settings.upstream)")
        let table = answer.tableNumber.map { "route table \($0)" } ?? "no route table"
        terminal.note("\(table); set at \(answer.changedAt), audit entry \(answer.auditSequence)")
        guard !answer.routes.isEmpty else {
            terminal.note("no version of \(settings.model) is in a slot there, so nothing is served yet")
            return
        }
        var routes = TextTable([
            ("SEGMENT", .left), ("ROLE", .left), ("VERSION", .right), ("SHARE", .right), ("DIGEST", .left), ("UPSTREAM", .left),
        ])
        for route in answer.routes {
            routes.add([
                route.segment, route.role, "\(route.version)", route.share.map { SharePercent.text($0) } ?? "",
                ShortDigest.text(route.digest), route.upstream,
            ])
        }
        terminal.show(routes)
    }
}

/// Shares come in steps of 0.001 %.
enum SharePercent {
    static func text(_ share: Double) -> String {
        let thousandths = Int((share * 100_000).rounded())
        let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1_000)
        guard rest != 0 else { return "\(whole) %" }
        var digits = String(1_000 + rest).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "\(whole).\(digits) %"
    }
}

/// Enough of a digest to recognise it on a screen.
enum ShortDigest {
    static func text(_ digest: String) -> String { (try? Digest(parsing: digest).short) ?? digest }
}

extension EndpointFile {
    fileprivate var call: EndpointCall {
        var call = EndpointCall(model: model, upstream: upstream)
        call.environment = environment
        call.versions = versions.isEmpty ? nil : versions
        call.unit = unit.map(\.wire)
        call.segment = segment.map(\.wire)
        call.noDefault = noDefault
        call.testerDigests = testers.isEmpty ? nil : testers
        call.bodyBytesMax = bodyBytesMax
        call.deadlineMilliseconds = deadline.map { Int($0.milliseconds) }
        call.connectDeadlineMilliseconds = connectDeadline.map { Int($0.milliseconds) }
        call.whenChampionIsDown = whenChampionIsDown
        call.liveStatisticsEvery = liveStatisticsEvery
        call.accessLogEvery = accessLogEvery
        return call
    }
}

extension EndpointFile.Field {
    fileprivate var wire: RequestFieldWire {
        switch self {
        case .header(let name): RequestFieldWire(header: name)
        case .member(let name): RequestFieldWire(member: name)
        }
    }
}
