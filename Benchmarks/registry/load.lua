-- What wrk sends: the operation OP on MODELS models of VERSIONS versions each, drawn at random; RUNS names a file with
-- run ids.
-- Prints one line of JSON at the end.
local op = os.getenv("OP")
local models, versions = tonumber(os.getenv("MODELS")), tonumber(os.getenv("VERSIONS"))
local prefix = "/api/2.0/mlflow/"
local seed = os.getenv("SEED")
local json = { ["Content-Type"] = "application/json" }
local runs, step = {}, 0
if os.getenv("RUNS") then
    for line in io.lines(os.getenv("RUNS")) do runs[#runs + 1] = line end
end

local function model() return "model-" .. math.random(0, models - 1) end
local function get(path) return wrk.format("GET", prefix .. path) end
local function post(path, body) return wrk.format("POST", prefix .. path, json, body) end

-- A field that servers ignore makes every call a new one, which no cache of answers knows.
local function fresh()
    step = step + 1
    return "&fresh=" .. seed .. "-" .. step
end

local requests = {
    version = function() return get("model-versions/get?name=" .. model() .. "&version=" .. math.random(versions)) end,
    fresh = function()
        return get("model-versions/get?name=" .. model() .. "&version=" .. math.random(versions) .. fresh())
    end,
    fresh_alias = function()
        return get("registered-models/alias?name=" .. model() .. "&alias=champion" .. fresh())
    end,
    alias = function() return get("registered-models/alias?name=" .. model() .. "&alias=champion") end,
    search = function() return get("model-versions/search?max_results=100&filter=tags.team%20%3D%20%27risk%27") end,
    page = function() return get("model-versions/search?max_results=100&filter=name%20%3D%20%27" .. model() .. "%27") end,
    batch = function()
        step = step + 1
        local run, metrics = runs[math.random(#runs)], {}
        for metric = 1, 100 do
            metrics[metric] = string.format(
                '{"key":"metric-%d","value":%.6f,"timestamp":%d,"step":%d}', metric, math.random(), 1700000000000 + step, step)
        end
        return post("runs/log-batch", '{"run_id":"' .. run .. '","metrics":[' .. table.concat(metrics, ",") .. "]}")
    end,
    create_run = function()
        return post("runs/create", '{"experiment_id":"0","user_id":"bench","start_time":1700000000000,"tags":['
            .. '{"key":"mlflow.user","value":"bench"},{"key":"mlflow.source.name","value":"train.py"},'
            .. '{"key":"mlflow.source.type","value":"LOCAL"}]}')
    end,
    stage = function()
        local stage = math.random(2) == 1 and "Staging" or "Archived"
        return post("model-versions/transition-stage", '{"name":"' .. model() .. '","version":"' .. math.random(versions)
            .. '","stage":"' .. stage .. '","archive_existing_versions":false}')
    end,
}

function init(arguments)
    math.randomseed(tonumber(seed))
    -- Two draws: the first of LuaJIT's hardly depend on the seed.
    math.random()
    math.random()
end

request = requests[op]

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_ms":%.4f,"p99_ms":%.4f,"failed":%d,"timeouts":%d,"bytes":%d}\n',
        summary.requests - errors.status,
        summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.status + errors.connect + errors.read + errors.write, errors.timeout, summary.bytes))
end
