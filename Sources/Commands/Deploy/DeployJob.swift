/// The job that deploys, as the machines of GitLab and GitHub tell it.
struct DeployJob: Equatable {
    /// The same for a repeated call of one job, so that it is one deployment.
    let name: String
    let url: String?
    /// Of the repository whose pipeline it is.
    let commit: String?

    init(named: String?, in environment: [String: String], otherwise: String) {
        func text(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        if let id = text("CI_JOB_ID") {
            name = named ?? "gitlab-\(id)"
            url = text("CI_JOB_URL")
            commit = text("CI_COMMIT_SHA")
        } else if let run = text("GITHUB_RUN_ID") {
            name =
                named ?? ["github", run, text("GITHUB_RUN_ATTEMPT") ?? "1", text("GITHUB_JOB") ?? "job"].joined(separator: "-")
            let place = [text("GITHUB_SERVER_URL"), text("GITHUB_REPOSITORY")].compactMap { $0 }
            url = place.count == 2 ? "\(place.joined(separator: "/"))/actions/runs/\(run)" : nil
            commit = text("GITHUB_SHA")
        } else {
            name = named ?? otherwise
            (url, commit) = (nil, nil)
        }
    }
}
