-- CreateEnum
CREATE TYPE "consent_status" AS ENUM ('pending', 'express', 'implied', 'withdrawn');

-- CreateTable
CREATE TABLE "tenants" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,

    CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tenant_api_keys" (
    "key" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "scopes" TEXT[],

    CONSTRAINT "tenant_api_keys_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "leads" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "email_normalized" VARCHAR(320) NOT NULL,
    "source_channel" VARCHAR(255),
    "consent_status" "consent_status" NOT NULL DEFAULT 'pending',
    "first_captured_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_captured_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "leads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lead_identities" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "lead_id" TEXT NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "link_source" TEXT NOT NULL,
    "confidence" DOUBLE PRECISION NOT NULL,
    "linked_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lead_identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "visitors" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "anon_id" VARCHAR(128) NOT NULL,
    "first_seen_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "visitors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,
    "landing_path" VARCHAR(2048) NOT NULL,
    "referrer" VARCHAR(2048),
    "utm_source" VARCHAR(255),
    "utm_medium" VARCHAR(255),
    "utm_campaign" VARCHAR(255),
    "utm_term" VARCHAR(255),
    "utm_content" VARCHAR(255),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "visitor_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "event_type" VARCHAR(64) NOT NULL,
    "path" VARCHAR(2048) NOT NULL,
    "timestamp" TIMESTAMP(3) NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "traffic_source" VARCHAR(32) NOT NULL,
    "is_entrance" BOOLEAN NOT NULL DEFAULT false,
    "is_conversion" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "daily_metric_rollups" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "day" DATE NOT NULL,
    "unique_visitors" INTEGER NOT NULL DEFAULT 0,
    "new_leads" INTEGER NOT NULL DEFAULT 0,
    "traffic_source_breakdown" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "daily_metric_rollups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ingest_rejections" (
    "id" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "property_id" VARCHAR(128) NOT NULL,
    "endpoint" VARCHAR(255) NOT NULL,
    "reason" VARCHAR(64) NOT NULL,
    "status_code" INTEGER NOT NULL,
    "occurred_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ingest_rejections_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenants_slug_key" ON "tenants"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "leads_tenant_id_email_normalized_key" ON "leads"("tenant_id", "email_normalized");

-- CreateIndex
CREATE UNIQUE INDEX "visitors_tenant_id_anon_id_key" ON "visitors"("tenant_id", "anon_id");

-- CreateIndex
CREATE INDEX "events_visitor_id_idx" ON "events"("visitor_id");

-- CreateIndex
CREATE UNIQUE INDEX "daily_metric_rollups_tenant_id_property_id_day_key" ON "daily_metric_rollups"("tenant_id", "property_id", "day");

-- AddForeignKey
ALTER TABLE "tenant_api_keys" ADD CONSTRAINT "tenant_api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "leads" ADD CONSTRAINT "leads_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

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

-- Which customer a transaction is for. Only set_tenant_context can say it: the value is signed and good for one transaction.
CREATE SCHEMA IF NOT EXISTS "host_private";
CREATE TABLE "host_private"."secret" AS SELECT gen_random_uuid()::text AS value;

CREATE FUNCTION "host_private"."signed"(tenant text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT tenant || ':' || md5(value || tenant || pg_current_xact_id()) FROM "host_private"."secret" $$;

CREATE FUNCTION "set_tenant_context"(tenant uuid, schema text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$ DECLARE is_known boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I.tenants WHERE id = $1)', schema) INTO is_known USING tenant;
  IF NOT is_known THEN
    RAISE EXCEPTION 'unknown tenant' USING ERRCODE = '22023';
  END IF;
  PERFORM set_config('app.tenant', "host_private"."signed"(tenant::text), true);
END $$;

CREATE FUNCTION "current_tenant"() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER AS
$$ SELECT tenant::uuid FROM (
     SELECT current_setting('app.tenant', true) AS setting, split_part(current_setting('app.tenant', true), ':', 1) AS tenant
   ) context WHERE setting <> '' AND setting = "host_private"."signed"(tenant) $$;

ALTER TABLE "leads" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "leads_of_tenant" ON "leads" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "visitors" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "visitors_of_tenant" ON "visitors" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "sessions" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "sessions_of_tenant" ON "sessions" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "events" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "events_of_tenant" ON "events" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "lead_identities" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "lead_identities_of_tenant" ON "lead_identities" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "daily_metric_rollups" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "daily_metric_rollups_of_tenant" ON "daily_metric_rollups" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
ALTER TABLE "ingest_rejections" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "ingest_rejections_of_tenant" ON "ingest_rejections" USING (tenant_id = "current_tenant"()) WITH CHECK (tenant_id = "current_tenant"());
