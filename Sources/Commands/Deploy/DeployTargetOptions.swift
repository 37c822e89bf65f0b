import ArgumentParser
import Deployments
import Foundation
import GatehouseCore
import WireAPI

/// Where a version is pinned, and as what.
struct DeployTargetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A manifest in a file.", valueName: "file")) var manifest: String?
    @Option(help: ArgumentHelp("A manifest in a Git repository; with --file.", valueName: "url")) var git: String?
    @Option(help: ArgumentHelp("Its path in the repository.", valueName: "path")) var file: String?
    @Option(help: ArgumentHelp("Its branch.", valueName: "name")) var branch = "main"
    @Option(help: ArgumentHelp("An object of a cluster: deployment/scorer.", valueName: "kind/name")) var kubectl: String?
    @Option(help: ArgumentHelp("Its namespace.", valueName: "name")) var namespace: String?
    @Option(help: ArgumentHelp("The cluster, as kubectl knows it.", valueName: "name")) var context: String?
    @Option(help: ArgumentHelp("An endpoint of Gatehouse gateways.", valueName: "endpoint")) var gateway: String?
    @Option(help: ArgumentHelp("Image with {version}; CONTAINER=IMAGE of several.", valueName: "image")) var image: String?
    @Option(help: ArgumentHelp("Variable; CONTAINER/NAME=VALUE; repeatable.", valueName: "name=value")) var env: [String] =
        []
    @Option(help: ArgumentHelp("Where KServe or Seldon gets the model.", valueName: "uri")) var storageUri: String?
    @Option(help: ArgumentHelp("Any value of a manifest, repeatable.", valueName: "path=value")) var set: [String] = []
    @Option(help: ArgumentHelp("Name of the object, of several in a file.", valueName: "name")) var object: String?

    mutating func validate() throws {
        let named = [manifest, git, kubectl, gateway].compactMap(\.self).count
        guard named == 1 else {
            throw ValidationError("Name one target: --manifest FILE, --git URL, --kubectl KIND/NAME or --gateway ENDPOINT.")
        }
        guard (git == nil) == (file == nil) else {
            throw ValidationError("--git URL and --file PATH go together.")
        }
        guard kubectl != nil || (namespace == nil && context == nil) else {
            throw ValidationError("--namespace and --context belong to --kubectl.")
        }
        let pins = try rules().count
        guard (gateway == nil) == (pins > 0) else {
            throw ValidationError(
                gateway == nil
                    ? "Say what to pin: --image, --env, --storage-uri or --set."
                    : "A gateway follows the slot; there is nothing to pin in it.")
        }
    }

    func rules() throws -> [PinRule] {
        var rules: [PinRule] = []
        if let image {
            let parts = image.split(separator: "=", maxSplits: 1).map(String.init)
            rules.append(PinRule(.image(container: parts.count == 2 ? parts[0] : nil), parts.last ?? image))
        }
        for pair in env {
            let (name, value) = try Self.pair(pair, "--env NAME=VALUE")
            let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
            rules.append(PinRule(.variable(parts.last ?? name, container: parts.count == 2 ? parts[0] : nil), value))
        }
        if let storageUri { rules.append(PinRule(.storageURI, storageUri)) }
        for pair in set {
            let (path, value) = try Self.pair(pair, "--set PATH=VALUE")
            rules.append(PinRule(.path(try ManifestPath(parsing: path)), value))
        }
        return rules
    }

    /// At the first `=` outside of brackets: `containers[name=scorer].image=…`.
    private static func pair(_ text: String, _ form: String) throws -> (String, String) {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "[": depth += 1
            case "]": depth -= 1
            case "=" where depth <= 0 && index > text.startIndex:
                return (String(text[..<index]), String(text[text.index(after: index)...]))
            default: continue
            }
        }
        throw ValidationError("'\(text)' is not written \(form).")
    }

    /// `folder` is for a clone. Fails with `invalidArgument`.
    func target(
        _ version: PinnedVersion, segment: String, folder: String, limit: Duration,
        inventory: @escaping @Sendable () async throws -> InventoryAnswer
    ) throws -> any DeploymentTarget {
        let environment = ProcessRoots.environment
        if let git {
            return try GitTarget(
                ToolProgram("git", environment: environment), url: git, branch: branch, file: file ?? "", folder: folder,
                rules: rules(), version: version, object: object, limit: limit)
        }
        if let kubectl {
            return try KubectlTarget(
                ToolProgram("kubectl", environment: environment), resource: kubectl, namespace: namespace, context: context,
                rules: rules(), version: version, limit: limit)
        }
        if let gateway {
            return GatewayTarget(endpoint: gateway, segment: segment, version: version, inventory: inventory)
        }
        return FileTarget(manifest ?? "", rules: try rules(), version: version, object: object)
    }
}
