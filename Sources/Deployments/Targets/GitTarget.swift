import Foundation
package import GatehouseCore
package import WireAPI

/// A manifest in a Git repository, changed by a commit that is pushed: what a GitOps controller follows.
///
/// Works in a shallow clone of its own. Never forces: a push that comes too late is made again on what is there then, and only
/// while the pinned value is still the one that was found at the start.
package struct GitTarget: DeploymentTarget {
    package static let pushAttemptsMax = 20
    static let pauseMilliseconds = 100
    static let identity = ["-c", "user.name=gatehouse", "-c", "user.email=gatehouse@localhost"]

    private let git: ToolProgram
    private let url: String
    private let branch: String
    private let file: String
    /// Empty at the start, and whoever made it takes it away.
    private let folder: String
    private let rules: [PinRule]
    private let version: PinnedVersion
    private let object: String?
    /// For each of git's commands.
    private let limit: Duration

    /// Fails with `invalidArgument` for a file that is not below the repository's root, and for names that git would read as
    /// options.
    package init(
        _ git: ToolProgram, url: String, branch: String, file: String, folder: String, rules: [PinRule], version: PinnedVersion,
        object: String?, limit: Duration
    ) throws(GatehouseError) {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        let isBelow = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." } && parts.first?.lowercased() != ".git"
        guard isBelow else {
            throw GatehouseError(
                .invalidArgument, "'\(file.prefix(200))' is no path of a file in a repository.",
                hint: "Write it from the repository's root: credit/values.yaml")
        }
        for (what, text) in [("repository", url), ("branch", branch)] where text.isEmpty || text.hasPrefix("-") {
            throw GatehouseError(.invalidArgument, "'\(text.prefix(200))' is no name of a \(what).")
        }
        self.git = git
        self.url = url
        self.branch = branch
        self.file = file
        self.folder = folder
        self.rules = rules
        self.version = version
        self.object = object
        self.limit = limit
    }

    package var name: String { "git \(Self.withoutSecrets(url)) \(branch) \(file)" }

    package func read() async throws -> (changes: [PinChange], isThere: Bool) {
        let cloned = try await run([
            "clone", "--quiet", "--depth", "1", "--single-branch", "--no-tags", "--branch", branch, "--", url, folder,
        ])
        guard cloned.isSuccess else { throw failure("cannot be cloned", cloned) }
        let changes = try FileTarget.changes(in: manifest(), rules, version, object)
        return (changes, changes.allSatisfy { $0.before == $0.after })
    }

    package func write(_ changes: [PinChange], _ note: ChangeNote) async throws -> Written {
        var last = ""
        for attempt in 1...Self.pushAttemptsMax {
            try await fetch()
            guard let changed = try FileTarget.changed(manifest(), changes) else {
                return Written(hasChanged: false, revision: attempt == 1 ? nil : try await head())
            }
            try FileTarget.write(changed.text, to: path())
            try await commit(note)
            let pushed = try await run(["push", "--quiet", "--porcelain", "origin", "HEAD:refs/heads/\(branch)"])
            if pushed.isSuccess { return Written(hasChanged: true, revision: try await head()) }
            guard GitPush.isLate(pushed.output + "\n" + pushed.errors) else { throw failure("refuses the commit", pushed) }
            last = pushed.complaint
            try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds * attempt))
        }
        throw GatehouseError(
            .unavailable, "\(name): \(Self.pushAttemptsMax) pushes in a row came too late: \(Self.withoutSecrets(last))",
            hint: "Others push there all the time; try again.")
    }

    package func health(within limit: Duration) async throws -> DeploymentHealth? { nil }

    private func fetch() async throws {
        let fetched = try await run(["fetch", "--quiet", "--depth", "1", "--no-tags", "origin", "refs/heads/\(branch)"])
        guard fetched.isSuccess else { throw failure("cannot be fetched", fetched) }
        let reset = try await run(["reset", "--quiet", "--hard", "FETCH_HEAD"])
        guard reset.isSuccess else { throw failure("cannot be checked out", reset) }
    }

    private func commit(_ note: ChangeNote) async throws {
        let isKnown = try await run(["config", "user.email"]).isSuccess
        let committed = try await run(
            (isKnown ? [] : Self.identity) + ["commit", "--quiet", "--no-verify", "--message", note.text, "--", file])
        guard committed.isSuccess else { throw failure("takes no commit", committed) }
    }

    private func head() async throws -> String? {
        let found = try await run(["rev-parse", "HEAD"])
        return found.isSuccess ? found.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }

    private func run(_ arguments: [String]) async throws -> ToolProgram.Answer {
        // Nothing that the machine's configuration says about hooks or line ends changes what is committed.
        try await git.run(
            ["-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-c", "gc.auto=0", "-c", "advice.detachedHead=false"]
                + arguments, in: folder, within: limit)
    }

    private func manifest() throws(GatehouseError) -> Manifest { try Manifest(FileTarget.text(of: path()), file: file) }

    /// Fails with `invalidArgument` where the repository has a link on the way, which could lead anywhere on this machine.
    private func path() throws(GatehouseError) -> String {
        var path = folder
        let parts = file.split(separator: "/")
        for (number, part) in parts.enumerated() {
            path += "/" + part
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            let type = attributes?[.type] as? FileAttributeType
            let wanted: FileAttributeType = number == parts.count - 1 ? .typeRegular : .typeDirectory
            guard type == wanted else {
                throw GatehouseError(
                    type == nil ? .notFound : .invalidArgument,
                    "\(name): the repository has \(type == nil ? "no" : "something that is not a plain file or folder as") '\(file)'."
                )
            }
        }
        return path
    }

    private func failure(_ what: String, _ answer: ToolProgram.Answer) -> GatehouseError {
        GatehouseError(.unavailable, "\(name) \(what): \(Self.withoutSecrets(answer.complaint))")
    }

    /// `https://user:password@host/` without what stands before the `@`, wherever it occurs in a text.
    static func withoutSecrets(_ text: String) -> String {
        text.replacing(#/:\/\/[^\/@\s]*@/#, with: "://")
    }
}

/// What git says of a push.
enum GitPush {
    private static let lateReasons = [
        "cannot lock ref", "failed to update ref", "incorrect old value provided", "reference already exists", "stale info",
        "fetch first", "non-fast-forward",
    ]

    /// Whether somebody else was faster: then it is worth another try. A hook's or a rule's refusal is not.
    static func isLate(_ output: String) -> Bool {
        let refusals = output.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("!") || $0.contains("[") }
        return refusals.contains { line in
            line.contains("rejected]") && lateReasons.contains { line.contains($0) }
        }
    }
}
