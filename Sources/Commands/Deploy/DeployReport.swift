import Rendering
import WireAPI

/// A deployment in words.
struct DeployReport {
    static func table(_ deployments: [DeploymentAnswer]) -> TextTable {
        var table = TextTable([
            ("VERSION", .right), ("OUTCOME", .left), ("HEALTH", .left), ("GOLDEN", .left), ("SLOT", .left), ("TARGET", .left),
            ("JOB", .left), ("BY", .left), ("STARTED", .left), ("ENDED", .left),
        ])
        for one in deployments {
            table.add([
                "v\(one.modelVersion)", one.outcome, one.health.state, golden(one.golden), "\(one.environment)/\(one.segment)",
                one.target, one.job, one.reportedBy, one.startedAt, one.finishedAt ?? "–",
            ])
        }
        return table
    }

    static func golden(_ golden: DeploymentGolden) -> String {
        golden.state == "none" ? "none" : "\(golden.passed) of \(golden.asked)"
    }

    /// For a version's own page.
    static func line(_ one: DeploymentAnswer) -> String {
        let checks = "health \(one.health.state), golden \(golden(one.golden))"
        return "\(one.outcome)  \(one.target)  \(one.environment)/\(one.segment)  \(one.finishedAt ?? one.startedAt)  \(checks)"
    }

    static func show(_ one: DeploymentAnswer, on terminal: Terminal) {
        let subject = "\(one.modelName) v\(one.modelVersion)"
        switch one.outcome {
        case "succeeded": terminal.out(terminal.styled("\(subject) is deployed to \(one.target)", .green))
        case "unchanged": terminal.out(terminal.styled("\(subject) was at \(one.target) already", .green))
        case "rolled_back": terminal.out(terminal.styled("\(subject) was taken back from \(one.target)", .red))
        case "rollback_failed": terminal.out(terminal.styled("\(subject) could not be taken back from \(one.target)", .red))
        default: terminal.out(terminal.styled("\(subject) was not deployed to \(one.target): \(one.outcome)", .red))
        }
        for pin in one.pins { terminal.out("  \(pin.path)  \(pin.before ?? "absent") → \(pin.after)") }
        if let reason = one.reason { terminal.out("  because    \(reason)") }
        let how = one.health.how.map { " (\($0))" } ?? ": nobody looked"
        let saw = one.health.sawVersion == nil && one.health.state == "passed" ? "; which version answered was not asked" : ""
        terminal.out("  health     \(one.health.state)\(how)\(saw)")
        terminal.out("  golden     \(golden(one.golden) == "none" ? "none was asked" : golden(one.golden) + " as expected")")
        for failure in one.golden.failures { terminal.out("             \(failure.name): \(failure.reason)") }
        if let revision = one.revision { terminal.out("  revision   \(revision)") }
        if let previous = one.previousVersion { terminal.out("  before     v\(previous), as the last deployment there left it") }
        if !one.isActive { terminal.out("  not active the slot's active version was another one, or none") }
        terminal.note("on record as \(one.id), audit entry \(one.auditSequence)")
    }
}
