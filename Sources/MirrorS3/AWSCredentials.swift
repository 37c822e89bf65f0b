package import GatehouseCore

/// Who signs requests to S3. Prints its id only.
package struct AWSCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    package let accessKeyID: String
    let secret: String
    let sessionToken: String?

    package init(accessKeyID: String, secret: String, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    package var description: String { "AWS access key \(accessKeyID)" }
    /// So that no dump of a value shows what `description` does not.
    package var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }

    /// From `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else from the file that `AWS_SHARED_CREDENTIALS_FILE` names or
    /// `~/.aws/credentials`, in the profile `AWS_PROFILE` or `default`. `read` answers nil for a file that is not there.
    /// Fails with `unauthenticated` when there are none.
    package static func find(
        in environment: [String: String], read: (String) -> String?
    ) throws(GatehouseError) -> AWSCredentials {
        if let id = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"], !id.isEmpty,
            !secret.isEmpty
        {
            return AWSCredentials(accessKeyID: id, secret: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
        }
        let path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? environment["HOME"].map { "\($0)/.aws/credentials" }
        let profile = environment["AWS_PROFILE"] ?? "default"
        if let path, let text = read(path), let found = credentials(of: profile, in: text) { return found }
        throw GatehouseError(
            .unauthenticated, "There are no credentials for the S3 mirror of the audit log.",
            hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file with AWS_SHARED_CREDENTIALS_FILE.")
    }

    /// The lines `name = value` below `[profile]`.
    private static func credentials(of profile: String, in text: String) -> AWSCredentials? {
        var section: String?
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = trimmed(line.dropFirst().dropLast())
            } else if section == profile, let sign = line.firstIndex(of: "="), !line.hasPrefix("#") {
                values[trimmed(line[..<sign])] = trimmed(line[line.index(after: sign)...])
            }
        }
        guard let id = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
        return AWSCredentials(accessKeyID: id, secret: secret, sessionToken: values["aws_session_token"])
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let front = text.drop(while: \.isWhitespace)
        return String(front.reversed().drop(while: \.isWhitespace).reversed())
    }
}
