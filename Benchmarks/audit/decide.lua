-- What wrk sends: a new model with each request, which is one decision and one audit entry. Prints one line of JSON.
local seed, count = os.getenv("SEED"), 0
local json = { ["Content-Type"] = "application/json" }

request = function()
    count = count + 1
    return wrk.format("POST", "/api/gatehouse/v1/models", json, '{"name":"model-' .. seed .. "-" .. count .. '"}')
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d}\n', summary.requests - errors.status,
        summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.status + errors.connect + errors.read + errors.write))
end
