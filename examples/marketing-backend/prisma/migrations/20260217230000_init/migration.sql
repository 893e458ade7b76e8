-- CreateEnum
CREATE TYPE "consent_status" AS ENUM ('pending', 'express', 'implied', 'withdrawn');

-- CreateEnum
CREATE TYPE "link_source" AS ENUM ('form_submit', 'same_ip_ua_window', 'manual_merge');

-- CreateEnum
CREATE TYPE "traffic_source" AS ENUM ('direct', 'organic_search', 'paid_search', 'social', 'email', 'referral', 'campaign', 'internal', 'unknown');

-- CreateTable
CREATE TABLE "leads" (
    "id" TEXT NOT NULL,
    "email_normalized" VARCHAR(320) NOT NULL,
    "source_channel" VARCHAR(255),
    "form_name" VARCHAR(128),
    "consent_status" "consent_status" NOT NULL DEFAULT 'pending',
    "first_captured_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_captured_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "leads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lead_identities" (
    "id" TEXT NOT NULL,
    "lead_id" TEXT NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "link_source" "link_source" NOT NULL,
    "confidence" DOUBLE PRECISION NOT NULL,
    "linked_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lead_identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "visitors" (
    "id" TEXT NOT NULL,
    "anon_id" VARCHAR(128) NOT NULL,
    "first_seen_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "visitors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,
    "last_activity_at" TIMESTAMP(3) NOT NULL,
    "landing_path" VARCHAR(2048) NOT NULL,
    "referrer" VARCHAR(2048),
    "utm_source" VARCHAR(255),
    "utm_medium" VARCHAR(255),
    "utm_campaign" VARCHAR(255),
    "utm_term" VARCHAR(255),
    "utm_content" VARCHAR(255),
    "ip_hash" VARCHAR(64),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "event_type" VARCHAR(64) NOT NULL,
    "path" VARCHAR(2048) NOT NULL,
    "timestamp" TIMESTAMP(3) NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "traffic_source" "traffic_source" NOT NULL,
    "is_entrance" BOOLEAN NOT NULL DEFAULT false,
    "is_conversion" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "daily_metric_rollups" (
    "id" TEXT NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "day" DATE NOT NULL,
    "unique_visitors" INTEGER NOT NULL DEFAULT 0,
    "new_leads" INTEGER NOT NULL DEFAULT 0,
    "page_views" INTEGER NOT NULL DEFAULT 0,
    "entrances" INTEGER NOT NULL DEFAULT 0,
    "conversions" INTEGER NOT NULL DEFAULT 0,
    "form_starts" INTEGER NOT NULL DEFAULT 0,
    "form_submits" INTEGER NOT NULL DEFAULT 0,
    "traffic_source_breakdown" JSONB NOT NULL DEFAULT '{}',
    "generated_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "daily_metric_rollups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ingest_rejections" (
    "id" TEXT NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "endpoint" VARCHAR(255) NOT NULL,
    "reason" VARCHAR(64) NOT NULL,
    "status_code" INTEGER NOT NULL,
    "occurred_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ingest_rejections_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "leads_email_normalized_key" ON "leads"("email_normalized");

-- CreateIndex
CREATE INDEX "leads_first_captured_at_idx" ON "leads"("first_captured_at");

-- CreateIndex
CREATE INDEX "lead_identities_visitor_id_idx" ON "lead_identities"("visitor_id");

-- CreateIndex
CREATE UNIQUE INDEX "lead_identities_lead_visitor_source_key" ON "lead_identities"("lead_id", "visitor_id", "link_source");

-- CreateIndex
CREATE UNIQUE INDEX "visitors_anon_id_key" ON "visitors"("anon_id");

-- CreateIndex
CREATE INDEX "visitors_last_seen_at_idx" ON "visitors"("last_seen_at");

-- CreateIndex
CREATE INDEX "sessions_visitor_started_idx" ON "sessions"("visitor_id", "started_at");

-- CreateIndex
CREATE INDEX "events_visitor_timestamp_idx" ON "events"("visitor_id", "timestamp");

-- CreateIndex
CREATE INDEX "events_session_id_idx" ON "events"("session_id");

-- CreateIndex
CREATE INDEX "events_property_timestamp_idx" ON "events"("property_id", "timestamp");

-- CreateIndex
CREATE INDEX "events_timestamp_idx" ON "events"("timestamp");

-- CreateIndex
CREATE UNIQUE INDEX "daily_metric_rollups_property_day_key" ON "daily_metric_rollups"("property_id", "day");

-- CreateIndex
CREATE INDEX "ingest_rejections_property_occurred_idx" ON "ingest_rejections"("property_id", "occurred_at");

-- AddForeignKey
ALTER TABLE "lead_identities" ADD CONSTRAINT "lead_identities_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lead_identities" ADD CONSTRAINT "lead_identities_visitor_id_fkey" FOREIGN KEY ("visitor_id") REFERENCES "visitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_visitor_id_fkey" FOREIGN KEY ("visitor_id") REFERENCES "visitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_visitor_id_fkey" FOREIGN KEY ("visitor_id") REFERENCES "visitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;
