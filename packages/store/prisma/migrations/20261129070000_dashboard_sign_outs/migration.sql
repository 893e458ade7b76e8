-- CreateTable
CREATE TABLE "dashboard_sign_outs" (
    "session_id" VARCHAR(22) NOT NULL,
    "expires_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "dashboard_sign_outs_pkey" PRIMARY KEY ("session_id")
);
