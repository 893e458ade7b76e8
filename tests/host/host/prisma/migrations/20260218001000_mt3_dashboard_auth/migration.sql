-- CreateTable
CREATE TABLE "dashboard_sessions" (
    "token" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,

    CONSTRAINT "dashboard_sessions_pkey" PRIMARY KEY ("token")
);

-- AddForeignKey
ALTER TABLE "dashboard_sessions" ADD CONSTRAINT "dashboard_sessions_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;
