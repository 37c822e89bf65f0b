import ArgumentParser
import AsyncHTTPClient
import Foundation
import GatehouseCore
import NIOCore
import WireAPI

/// Which server a command talks to. MLflow's variables are honoured where ours are unset.
struct ClientOptions: ParsableArguments {
    static let defaultServer = "http://127.0.0.1:5000"

    @Option(help: ArgumentHelp("Server address [GATEHOUSE_SERVER].", valueName: "url")) var server: String?
    @Option(help: ArgumentHelp("File that holds the token [GATEHOUSE_TOKEN].", valueName: "file")) var tokenFile: String?
    @Flag(help: "Print one JSON object.") var json = false

    /// `deadline` is how long a call may take that is no upload.
    func client(deadline: TimeAmount = .seconds(GatehouseClient.deadlineSeconds)) throws -> GatehouseClient {
        let environment = ProcessRoots.environment
        return try GatehouseClient(
            server: server ?? Self.server(in: environment), token: token(environment), user: Self.user(in: environment),
            http: .gatehouse, deadline: deadline)
    }

    /// MLflow's variable counts where it names a server; it may as well name a folder, a database or a profile.
    static func server(in environment: [String: String]) -> String {
        if let ours = environment["GATEHOUSE_SERVER"] { return ours }
        guard let theirs = environment["MLFLOW_TRACKING_URI"], theirs.hasPrefix("http://") || theirs.hasPrefix("https://") else {
            return defaultServer
        }
        return theirs
    }

    /// A person's name and password, as MLflow's clients take them.
    private static func user(in environment: [String: String]) -> (name: String, password: String)? {
        guard let name = environment["MLFLOW_TRACKING_USERNAME"], let password = environment["MLFLOW_TRACKING_PASSWORD"] else {
            return nil
        }
        return (name, password)
    }

    private func token(_ environment: [String: String]) throws -> String? {
        guard let tokenFile else { return environment["GATEHOUSE_TOKEN"] ?? environment["MLFLOW_TRACKING_TOKEN"] }
        guard let data = FileManager.default.contents(atPath: tokenFile) else {
            throw GatehouseError(.notFound, "There is no readable token file '\(tokenFile)'.")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Prints an answer: as one JSON object, or in words.
    func show(_ answer: some Encodable, _ words: (Terminal) -> Void) throws {
        let terminal = Terminal.process()
        if json { terminal.out(verbatim: String(decoding: try WireCoder.encode(answer), as: UTF8.self)) } else { words(terminal) }
    }
}

/// The model that a command is about.
struct VersionArguments: ParsableArguments {
    @Argument(help: "Name of the registered model.") var name: String
    @Argument(help: "Number of the version.") var version: Int64

    var path: [String] { ["models", name, "versions", String(version)] }
}
