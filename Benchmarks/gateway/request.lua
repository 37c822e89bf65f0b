-- The POST of the benchmark: the body is a file. With UNITS the customer changes with every request.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
local units = tonumber(os.getenv("UNITS")) or 0

if units > 0 then
    local requests, at = {}, 0
    function init(args)
        for unit = 1, units do
            wrk.headers["x-customer"] = string.format("customer-%07d", unit * 7919)
            requests[unit] = wrk.format()
        end
    end
    function request()
        at = at % units + 1
        return requests[at]
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50_us": %.1f, "p99_us": %.1f, "failed": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
