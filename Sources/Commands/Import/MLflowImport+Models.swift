import GatehouseCore
import WireAPI

// Registered models: the model, its versions, the stages that are kept, and then the aliases, because one may come with a stage.
extension MLflowImport {
    func bringModels(_ report: inout ImportReport) async throws {
        var (token, unseen): (String?, Set<String>) = (nil, choice.models ?? [])
        repeat {
            let page = try await source.models(after: token)
            let chosen = page.items.filter { choice.models?.contains($0.name) != false }
            unseen.subtract(chosen.map(\.name))
            var call = call()
            call.models = chosen.map { model in
                var bare = model
                bare.latestVersions = []
                bare.aliases = []
                return bare
            }
            let refused = Set(try await post(call, &report).filter { $0.state == .leftOut }.map(\.id))
            for model in chosen where !refused.contains(model.name) {
                progress("model \(model.name)")
                let staged = try await bringVersions(of: model, &report)
                try await bringStages(staged, &report)
                try await bringAliases(of: model, &report)
            }
            token = page.next
        } while token != nil
        for name in unseen.sorted() { report.leaveOut(ImportKindName.model, name, ["the source has none of this name"]) }
    }

    /// The versions that were in a stage.
    private func bringVersions(of model: MLflowRegisteredModel, _ report: inout ImportReport) async throws -> [MLflowModelVersion]
    {
        var (token, staged): (String?, [MLflowModelVersion]) = (nil, [])
        repeat {
            let page = try await source.versions(of: model, after: token)
            var call = call()
            for version in page.items { call.versions.append(try await imported(version)) }
            let refused = Set(try await post(call, &report).filter { $0.state == .leftOut }.map(\.id))
            staged += page.items.filter {
                $0.stage.lowercased() != Stage.none.rawValue.lowercased() && !refused.contains("\($0.name)/\($0.version)")
            }
            token = page.next
        } while token != nil
        return staged
    }

    private func imported(_ version: MLflowModelVersion) async throws -> ImportedModelVersion {
        var moved = version
        moved.aliases = []
        let run = (version.runID ?? "").isEmpty ? nil : version.runID
        if let run, ArtifactAddress.isLocal(version.source), let info = try await source.run(run),
            let place = ArtifactAddress.relocated(version.source, below: info)
        {
            moved.source = place
        }
        // A copy names the version it was made from, whose number may be gone.
        let isCopy = version.source.hasPrefix("models:/") && version.source.dropFirst("models:/".count).contains("/")
        guard isCopy, let location = try await source.storageLocation(of: version) else { return ImportedModelVersion(moved) }
        return ImportedModelVersion(
            moved, storageLocation: ArtifactAddress.proxiedPath(location).map { ArtifactAddress.proxied + $0 })
    }

    private func bringStages(_ staged: [MLflowModelVersion], _ report: inout ImportReport) async throws {
        let inProduction = staged.filter { $0.stage.lowercased() == Stage.production.rawValue.lowercased() }
        var call = call()
        call.reason = choice.stageReason
        for version in staged {
            let id = "\(version.name)/\(version.version)"
            if choice.stageReason == nil {
                report.leaveOut(ImportKindName.stage, id, ["it was in \(version.stage); --keep-stages brings that"])
            } else if inProduction.count > 1, inProduction.contains(where: { $0.version == version.version }) {
                report.leaveOut(
                    ImportKindName.stage, id,
                    ["\(inProduction.count) versions were in Production, and one slot holds one: gatehouse adopt says which"])
            } else {
                call.stages.append(ImportedStage(model: version.name, version: version.version, stage: version.stage))
            }
        }
        _ = try await post(call, &report)
    }

    private func bringAliases(of model: MLflowRegisteredModel, _ report: inout ImportReport) async throws {
        var call = call()
        call.aliases = model.aliases.map { ImportedModelAlias($0, of: model.name) }
        _ = try await post(call, &report)
    }
}
