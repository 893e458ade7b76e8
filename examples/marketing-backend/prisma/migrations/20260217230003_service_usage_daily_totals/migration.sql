-- CreateTable
CREATE TABLE "service_usage_daily_totals" (
    "day" DATE NOT NULL,
    "scans_completed" BIGINT NOT NULL DEFAULT 0,
    "scans_failed" BIGINT NOT NULL DEFAULT 0,
    "media_processed" BIGINT NOT NULL DEFAULT 0,
    "identities_detected" BIGINT NOT NULL DEFAULT 0,
    "clusters_created" BIGINT NOT NULL DEFAULT 0,
    "suggestions_generated" BIGINT NOT NULL DEFAULT 0,
    "suggestions_resolved" BIGINT NOT NULL DEFAULT 0,
    "scan_duration_sum_ms" DECIMAL(38,0) NOT NULL DEFAULT 0,
    "scan_duration_count" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "service_usage_daily_totals_pkey" PRIMARY KEY ("day")
);

-- What was rolled up before there were totals.
INSERT INTO "service_usage_daily_totals"
SELECT "day", sum("scans_completed"), sum("scans_failed"), sum("media_processed"), sum("identities_detected"),
    sum("clusters_created"), sum("suggestions_generated"), sum("suggestions_resolved"),
    sum("scan_duration_sum_ms"), sum("scan_duration_count")
FROM "service_usage_rollups"
GROUP BY "day";
