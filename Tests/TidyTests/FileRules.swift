/// Rules for every file under version control, whatever its language.
enum FileRules {
    static func findings(path: String, text: String, isExecutable: Bool) -> [Finding] {
        func finding(_ token: String, line: Int = 1, _ advice: String) -> Finding {
            Finding(path: path, line: line, token: token, advice: advice)
        }
        var findings = machinePathLines(in: text).map {
            finding("machine path", line: $0, "this path exists on one machine only")
        }
        if isBuildProduct(path) { findings.append(finding("build product", "remove it from version control")) }
        if text.hasPrefix("#!") != isExecutable {
            findings.append(finding("executable", "a script has both a first line with its interpreter and the executable bit"))
        }
        return findings
    }

    static func isBuildProduct(_ path: String) -> Bool {
        let folders: Set<Substring> = [".build", ".swiftpm", ".venv", "__pycache__", ".pytest_cache", "DerivedData"]
        let parts = path.split(separator: "/")
        return parts.contains { folders.contains($0) } || parts.last == "Package.resolved" || path.hasSuffix(".o")
            || path.hasSuffix(".pyc")
    }

    /// Lines with an absolute path below a developer's or a runner's own folder. Written as parts, so that this file
    /// does not find itself.
    static func machinePathLines(in text: String) -> [Int] {
        let roots = ["root", "work", "Users", "home"].map { "/\($0)/" }
        return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            roots.contains { startsPath($0, in: line) } ? number + 1 : nil
        }
    }

    /// A path that starts at the root of the file system, and not the tail of a relative path or of an address.
    private static func startsPath(_ root: String, in line: Substring) -> Bool {
        line.ranges(of: root).contains { range in
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !(before.isLetter || before.isNumber || "._-~/}$*)".contains(before))
        }
    }
}
