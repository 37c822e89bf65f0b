/// The picture of docs/ARCHITECTURE.md as data. Package.swift says what each target imports; this says which of those
/// arrows may exist at all, so that one careless line there does not turn the picture over.
enum Architecture {
    /// From the ground up. A target imports only from rows below its own.
    static let layers: [[String]] = [
        ["GatehouseCore", "Statistics", "Rendering"],
        ["Storage", "Secrets", "Attestations", "WireAPI"],
        ["AuditLog", "Serving"],
        ["Registry", "Gates", "Scoring", "Access", "Rollouts"],
        ["Promotions", "Events", "Deployments"],
        ["HTTPAPI", "Gateway", "Demo", "StorageSQLite", "StoragePostgres", "ArtifactsLocal", "MirrorS3"],
        ["WebUI"],
        ["Commands"],
        ["gatehouse", "gatehouse-fuzz"],
    ]

    /// Edges and adapters are leaves: only a composition root puts them together.
    static let seenOnlyBy: [String: Set<String>] = [
        "HTTPAPI": ["WebUI", "Commands"], "WebUI": ["Commands"], "Gateway": ["Commands"], "Demo": ["Commands"],
        "StorageSQLite": ["Commands"],
        "ArtifactsLocal": ["Commands"],
        "StoragePostgres": ["Commands"], "MirrorS3": ["Commands"],
    ]

    /// Targets that must keep to less than their layer would allow.
    static let mayOnlySee: [String: Set<String>] = [
        "Demo": ["GatehouseCore", "Statistics", "Scoring", "WireAPI"],
        "WireAPI": ["GatehouseCore"],
        "Gates": ["GatehouseCore", "Statistics", "Rendering"],
        "Secrets": ["GatehouseCore"],
        "Attestations": ["GatehouseCore"],
        "Serving": ["GatehouseCore", "Attestations"],
        "Rollouts": ["GatehouseCore", "Statistics", "Serving", "Rendering"],
        // The data plane knows the wire only: no storage, no registry. It runs elsewhere and goes on without them.
        "Gateway": ["GatehouseCore", "Statistics", "Secrets", "Attestations", "Serving", "Scoring", "WireAPI"],
        "Scoring": ["GatehouseCore", "Statistics", "Secrets"],
        // It runs in CI, far from the registry.
        "Deployments": ["GatehouseCore", "Scoring", "WireAPI"],
        "StorageSQLite": ["Storage", "GatehouseCore"],
        "StoragePostgres": ["AuditLog", "Storage", "GatehouseCore"],
        "MirrorS3": ["AuditLog", "GatehouseCore"],
    ]

    /// Packages that belong to one place.
    static let driverHomes: [String: Set<String>] = [
        "ArgumentParser": ["Commands", "gatehouse-fuzz"],
        "CLibPQ": ["StoragePostgres"],
        "GRDB": ["StorageSQLite"],
        "GRDBSQLite": ["StorageSQLite"],
        "Hummingbird": ["HTTPAPI", "WebUI", "Commands"],
        "HummingbirdTLS": ["Commands"],
        "JWTKit": ["Access"],
        "Subprocess": ["Scoring", "Deployments", "Commands"],
        "Yams": ["Gates", "Scoring", "Deployments"],
    ]

    /// Modules that come with the compiler.
    static let toolchainModules: Set = ["Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization"]

    static func findings(in manifest: PackageManifest) -> [Finding] {
        manifest.sourceTargets.flatMap { target in complaints(about: target) }
    }

    private static func complaints(about target: PackageManifest.Target) -> [Finding] {
        func finding(_ advice: String) -> Finding { Finding(path: "Package.swift", line: 1, token: "layers", advice: advice) }
        guard let height = height(of: target.name) else { return [finding("give \(target.name) a place in Architecture.layers")] }
        return target.dependencies.sorted().flatMap { dependency in
            var findings: [Finding] = []
            if let other = self.height(of: dependency) {
                if other >= height {
                    findings.append(finding("\(target.name) may not import \(dependency): an arrow never points up"))
                }
                if let seers = seenOnlyBy[dependency], !seers.contains(target.name) {
                    findings.append(
                        finding("only \(seers.sorted().joined(separator: ", ")) may import \(dependency), not \(target.name)"))
                }
                if let allowed = mayOnlySee[target.name], !allowed.contains(dependency) {
                    findings.append(
                        finding("\(target.name) sees only \(allowed.sorted().joined(separator: ", ")), not \(dependency)"))
                }
            }
            if let homes = driverHomes[dependency], !homes.contains(target.name) {
                findings.append(finding("\(dependency) belongs to \(homes.sorted().joined(separator: ", ")), not \(target.name)"))
            }
            return findings
        }
    }

    private static func height(of target: String) -> Int? { layers.firstIndex { $0.contains(target) } }

    /// Imports that Package.swift does not list for the file's target. SwiftPM itself lets some of them through.
    static func unlistedImports(in source: SwiftSource, manifest: PackageManifest) -> [Finding] {
        guard let target = manifest.target(named: source.target) else {
            return [Finding(path: source.path, line: 1, token: "import", advice: "Package.swift has no target \(source.target)")]
        }
        return source.imports.filter { !target.dependencies.contains($0.module) && !toolchainModules.contains($0.module) }.map {
            Finding(
                path: source.path, line: $0.line, token: "import",
                advice: "Package.swift does not list \($0.module) for \(target.name)")
        }
    }
}
