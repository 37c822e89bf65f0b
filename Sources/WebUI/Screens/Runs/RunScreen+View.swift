import GatehouseCore
import Registry
import Rendering

extension RunScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Experiments", "/experiments"), (experiment.name, Address.experiment("\(experiment.id)"))])
        Tag.h1 { run.info.name }
        Tag.p(.class("finding")) { finding(visit) }
        facts([
            ("Status", mark(run.info.status)), ("Began", run.info.began.map { moment($0, visit) } ?? .absent),
            ("Ended", run.info.ended.map { moment($0, visit) } ?? .absent),
            ("By", run.info.userID.isEmpty ? .absent : Markup(run.info.userID)), ("Id", Tag.code { run.info.id }),
        ])
        registered
        Tag.div(.class("columns")) {
            block("Metrics", id: "metrics") { metricTable }
            block("Params", id: "params") { entries(run.params, "Params", none: "It logged no param.") }
        }
        if !curves.isEmpty { block("Metrics over steps", id: "curves") { plots } }
        block("Datasets", id: "datasets") { datasets }
        block("Artifacts", id: "artifacts") { artifacts }
        block("Tags", id: "tags") {
            entries(run.tags.filter { !$0.key.hasPrefix("mlflow.log-model") }, "Tags", none: "It has no tag.")
        }
    }

    private func finding(_ visit: Visit) -> String {
        let amount = Wording.count(run.metrics.count, "metric") + " and " + Wording.count(run.params.count, "param")
        let became =
            versions.isEmpty
            ? "no version was registered from it"
            : "registered as " + Wording.list(versions.map { "\($0.model) v\($0.number)" }, max: 3)
        let verb =
            switch run.info.status {
            case .running: "Running"
            case .scheduled: "Scheduled"
            case .finished: "Finished"
            case .failed: "Failed"
            case .killed: "Killed"
            }
        return "\(verb) with \(amount); \(became)."
    }

    private var registered: Markup {
        block("Registered as", id: "versions") {
            if versions.isEmpty {
                Tag.p { "Nothing yet. With the MLflow client that logged it:" }
                commandLine("mlflow.register_model(\"runs:/\(run.info.id)/model\", \"MODEL-NAME\")")
            } else {
                Tag.ul {
                    for version in versions {
                        Tag.li {
                            Tag.a(.href(Address.version(version.model, version.number))) { "\(version.model) v\(version.number)" }
                        }
                    }
                }
            }
        }
    }

    // MARK: - What it logged

    @MarkupBuilder
    private var metricTable: Markup {
        if run.metrics.isEmpty {
            empty("It logged no metric.")
        } else {
            table(
                "Metrics", Array(run.metrics.prefix(Self.rowsMax)),
                [
                    .words("Metric") { metric in String(metric.key.prefix(80)) },
                    .number("Last value") { metric in Wording.compact(metric.value) },
                    .number("Step") { metric in Wording.grouped(Int(metric.step)) },
                ])
            Self.left(run.metrics.count)
        }
    }

    @MarkupBuilder
    private func entries(_ entries: [LoggedEntry], _ caption: String, none: String) -> Markup {
        if entries.isEmpty {
            empty(none)
        } else {
            table(
                caption, Array(entries.prefix(Self.rowsMax)),
                [
                    .words("Key") { entry in String(entry.key.prefix(80)) },
                    .prose("Value") { entry in String(entry.value.prefix(200)) },
                ])
            Self.left(entries.count)
        }
    }

    @MarkupBuilder
    private static func left(_ count: Int, shown: Int = RunScreen.rowsMax) -> Markup {
        if count > shown { Tag.p(.class("soft")) { "And \(count - shown) more; MLflow's clients show them." } }
    }

    @MarkupBuilder
    private var plots: Markup {
        for (index, curve) in curves.enumerated() {
            let points = curve.points.filter { $0.value.isFinite }.map { LineChart.Point(Double($0.step), $0.value) }
            Report.Block.lines(
                LineChart(
                    String(curve.key.prefix(80)), xTitle: "step", yTitle: "value",
                    series: [LineChart.Series(String(curve.key.prefix(80)), points)])
            ).markup(title: curve.key, id: "curve-\(index)")
        }
    }

    @MarkupBuilder
    private var datasets: Markup {
        if run.inputs.isEmpty {
            empty("It logged no dataset: mlflow.log_input names the data that it read.")
        } else {
            table(
                "Datasets", Array(run.inputs.prefix(Self.rowsMax)),
                [
                    .words("Dataset") { input in input.dataset.name },
                    .words("Digest") { input in Tag.code { input.dataset.digest } },
                    .words("Used for") { input in input.tags.first { $0.key == DatasetInput.contextTag }?.value ?? "–" },
                    .words("Source") { input in input.dataset.sourceType },
                ])
        }
    }

    @MarkupBuilder
    private var artifacts: Markup {
        if let files {
            if !folder.isRoot { wayUp }
            if files.isEmpty {
                empty(folder.isRoot ? "It logged no artifact." : "Nothing lies in \(folder).")
            } else {
                table(
                    "Artifacts", Array(files.prefix(Self.filesMax)),
                    [
                        .words("Name") { file in Tag.a(.href(address(of: file))) { file.name + (file.blob == nil ? "/" : "") } },
                        .number("Bytes") { file in file.blob.map { Wording.grouped(Int($0.bytes)) } ?? "–" },
                    ])
                Self.left(files.count, shown: Self.filesMax)
            }
        } else {
            Tag.p { "They lie where this server cannot read them:" }
            Tag.pre(.isFocusable) { Tag.code { run.info.artifactURI } }
        }
    }

    /// A folder is shown on this page, a file is sent.
    private func address(of file: ArtifactEntry) -> String {
        let path = folder.isRoot ? file.name : "\(folder)/\(file.name)"
        return file.blob == nil
            ? address(ofFolder: path) : Address.query("/get-artifact", [("path", path), ("run_id", run.info.id)])
    }

    private func address(ofFolder path: String) -> String {
        Address.query(Address.run(run.info.id), [("path", path.isEmpty ? nil : path)]) + "#artifacts"
    }

    private var wayUp: Markup {
        Tag.p {
            Tag.a(.href(address(ofFolder: ""))) { "All artifacts" }
            for above in folder.lineage.dropLast() {
                " / "
                Tag.a(.href(address(ofFolder: above.text))) { above.name }
            }
            " / " + folder.name
        }
    }
}
